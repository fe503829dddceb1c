//! Conflicts of interest, score sheets, ranking (K1–K3, S1–S11) through the API.

use shared::endpoint::Nothing;
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::Code;
use shared::proposals::ProposalState;
use shared::reviews::{
    Assignments, Conflict, GetRanking, GetScores, GetSheet, ListAssignments, ListDeclarations, ListMyReviews, Ranking,
    RankingQuery, Resolution, ResolveConflict, ResolveRequest, ReviewState, SaveSheet, Score, Sheet, SubmitSheet,
    Unblind, UnblindRequest,
};
use tests::under_review::{Scene, eur, scene, sheet};
use tests::{Person, TestApp, both};

const NOTHING: Nothing = Nothing {};

async fn ranking(app: &TestApp, by: &Person, scene: &Scene) -> Ranking {
    app.get(by, GetRanking { call_id: scene.call }, &RankingQuery::default()).await.unwrap()
}

async fn assignments(app: &TestApp, scene: &Scene) -> Assignments {
    app.get(&scene.desk, ListAssignments { call_id: scene.call }, &Default::default()).await.unwrap()
}

fn because(reason: &str) -> UnblindRequest {
    UnblindRequest { reason: reason.into() }
}

both! {
    async fn k1_a_sheet_opens_only_after_the_declaration(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let [a, b, _] = &scene.reviewers;
        assert_eq!(scene.assign(&app, &[p1], &[a, b]).await.unwrap(), 2);
        assert_eq!(scene.assign(&app, &[p1], &[a, b]).await.unwrap(), 0, "assigning again adds nobody");
        assert_eq!(assignments(&app, &scene).await.items[0].state, ProposalState::InReview);

        let review_id = scene.review(&app, a, p1).await;
        let refused = app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap_err();
        assert_eq!(refused.code, Code::DeclarationRequired);
        let refused = app.call_at(a, SaveSheet { review_id }, 1, &sheet([3; 6])).await.unwrap_err();
        assert_eq!(refused.code, Code::DeclarationRequired);

        scene.declare(&app, a, p1, Conflict::None).await.unwrap();
        assert_eq!(app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap().state, ReviewState::Accepted);
        let other = app.get(b, GetSheet { review_id }, &NOTHING).await.unwrap_err();
        assert_eq!(other.code, Code::NotFound, "a sheet is its author's alone");
        let mine = app.get(a, ListMyReviews {}, &Default::default()).await.unwrap();
        assert_eq!((mine.items.len(), mine.counts.to_continue, mine.counts.to_start), (1, 1, 0));

        let stranger = &scene.reviewers[2];
        let refused = scene.declare(&app, stranger, p1, Conflict::None).await.unwrap_err();
        assert_eq!(refused.code, Code::NotFound, "nothing is assigned to this reviewer");
    }

    async fn k2_same_organisation_and_partners_cannot_be_assigned(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let partner = app.organisation("PAR", OrganisationKind::Partner).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        scene.partner(&app, p1, partner).await;
        let [a, b, c] = &scene.reviewers;
        app.add_role(a.id, Role::ApplicantMember, Some(applicant), false).await;
        app.add_role(b.id, Role::Endorser, Some(partner), false).await;
        for reviewer in [a, b] {
            let refused = scene.assign(&app, &[p1], &[c, reviewer]).await.unwrap_err();
            assert_eq!(refused.code, Code::ConflictOfInterest);
            assert_eq!(refused.errors[0].pointer, "/reviewer_ids/1");
        }
        let page = assignments(&app, &scene).await;
        assert!(page.items[0].reviewers.is_empty(), "one conflict refuses all");
        assert_eq!(page.items[0].excluded.len(), 2);
        assert_eq!(page.items[0].state, ProposalState::Screened);

        // Found later: the membership begins after the assignment, and the content closes.
        scene.assign(&app, &[p1], &[c]).await.unwrap();
        scene.declare(&app, c, p1, Conflict::None).await.unwrap();
        app.add_role(c.id, Role::ApplicantMember, Some(applicant), false).await;
        let review_id = scene.review(&app, c, p1).await;
        let refused = app.get(c, GetSheet { review_id }, &NOTHING).await.unwrap_err();
        assert_eq!(refused.code, Code::ConflictOfInterest);
    }

    async fn k2_a_hard_conflict_recuses_and_stands(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let [a, ..] = &scene.reviewers;
        scene.assign(&app, &[p1], &[a]).await.unwrap();
        scene.declare(&app, a, p1, Conflict::Hard).await.unwrap();
        let review_id = scene.review(&app, a, p1).await;
        assert_eq!(app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap_err().code, Code::ConflictOfInterest);
        assert_eq!(assignments(&app, &scene).await.items[0].reviewers[0].state, ReviewState::Recused);
        let back = scene.declare(&app, a, p1, Conflict::None).await.unwrap_err();
        assert_eq!(back.code, Code::ConflictOfInterest);
        assert_eq!(scene.assign(&app, &[p1], &[a]).await.unwrap_err().code, Code::ConflictOfInterest);
    }

    async fn k3_the_head_of_desk_resolves_a_soft_conflict_with_a_reason(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let [a, b, _] = &scene.reviewers;
        scene.assign(&app, &[p1], &[a, b]).await.unwrap();
        let declared = scene.declare(&app, a, p1, Conflict::Soft).await.unwrap();
        let declaration_id = declared.own.unwrap().id;
        let review_id = scene.review(&app, a, p1).await;
        assert!(app.get(a, GetSheet { review_id }, &NOTHING).await.is_ok(), "soft does not shut the door");

        let resolve = |resolution, reason: &str| ResolveRequest { resolution, reason: reason.into() };
        let endpoint = || ResolveConflict { declaration_id };
        let desk = app.call(&scene.desk, endpoint(), &resolve(Resolution::Recused, "Too close")).await.unwrap_err();
        assert_eq!(desk.code, Code::Forbidden);
        let bare = app.call(&scene.head, endpoint(), &resolve(Resolution::Recused, " ")).await.unwrap_err();
        assert_eq!(bare.errors[0].code, Code::ReasonRequired);
        let done = app.call(&scene.head, endpoint(), &resolve(Resolution::Recused, "Too close")).await.unwrap();
        assert_eq!(done.resolution, Some(Resolution::Recused));
        assert_eq!(app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap_err().code, Code::ConflictOfInterest);

        scene.declare(&app, b, p1, Conflict::None).await.unwrap();
        let list = app.get(&scene.head, ListDeclarations { proposal_id: p1 }, &Default::default()).await.unwrap();
        assert_eq!(list.items.len(), 2);
        let none = list.items.iter().find(|d| d.conflict == Conflict::None).unwrap().id;
        let refused = app
            .call(&scene.head, ResolveConflict { declaration_id: none }, &resolve(Resolution::Allowed, "Fine"))
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::WrongState);
    }

    async fn s2_s6_a_sheet_is_complete_or_names_what_is_missing(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let [a, ..] = &scene.reviewers;
        scene.assign(&app, &[p1], &[a]).await.unwrap();
        scene.declare(&app, a, p1, Conflict::None).await.unwrap();
        let review_id = scene.review(&app, a, p1).await;

        let draft = Sheet { scores: vec![Score { criterion: sheet([3; 6]).scores[0].criterion.clone(), score: Some(5), comment: String::new() }], ..Sheet::default() };
        let saved = app.call_at(a, SaveSheet { review_id }, 1, &draft).await.unwrap_err();
        assert_eq!(saved.code, Code::StaleVersion, "declaring moved the version on: read it first");
        let version = app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap().version;
        let saved = app.call_at(a, SaveSheet { review_id }, version, &draft).await.unwrap();
        let again = app.call_at(a, SaveSheet { review_id }, version, &draft).await.unwrap_err();
        assert_eq!(again.code, Code::StaleVersion);
        assert_eq!(app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap().sheet, draft);

        let refused = app.call_at(a, SubmitSheet { review_id }, saved.version, &draft).await.unwrap_err();
        let codes: Vec<_> = refused.errors.iter().map(|e| e.code).collect();
        assert_eq!(codes.iter().filter(|c| **c == Code::ScoreMissing).count(), 5);
        assert!(codes.contains(&Code::CommentRequired) && codes.contains(&Code::Required));
        let above = Sheet { suggested: Some(eur("100000.01")), ..sheet([3; 6]) };
        let refused = app.call_at(a, SubmitSheet { review_id }, saved.version, &above).await.unwrap_err();
        assert_eq!((refused.errors[0].pointer.as_str(), refused.errors[0].code), ("/suggested", Code::SuggestedAboveRequest));

        let view = app.call_at(a, SubmitSheet { review_id }, saved.version, &sheet([5, 4, 3, 4, 2, 5])).await.unwrap();
        assert_eq!(view.total.unwrap().two_decimals(), "79.00");
        let late = app.call_at(a, SaveSheet { review_id }, view.version, &draft).await.unwrap_err();
        assert_eq!(late.code, Code::WrongState, "what is submitted stays");
    }

    async fn s6_wrong_bodies_store_nothing(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let [a, ..] = &scene.reviewers;
        scene.assign(&app, &[p1], &[a]).await.unwrap();
        scene.declare(&app, a, p1, Conflict::None).await.unwrap();
        let review_id = scene.review(&app, a, p1).await;
        let before = app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap();
        let url = format!("/api/v1/reviews/{review_id}");
        let version = before.version.to_string();
        let with = |suggested: &str| format!(r#"{{"scores":[],"strengths":"","weaknesses":"","light":null,"suggested":{suggested}}}"#);
        for (body, status, pointer) in [
            (with(r#"{"amount":"1e3","currency":"EUR"}"#), 422, "/suggested"),
            (with(r#"{"amount":"1_000","currency":"EUR"}"#), 422, "/suggested"),
            (with(r#"{"amount":"-1.00","currency":"EUR"}"#), 422, "/suggested"),
            (with(r#"{"amount":"100","currency":"XAF"}"#), 422, "/suggested"),
            (with("null").replace("\"scores\":[]", r#""scores":[{"criterion":"x","score":9,"comment":""}]"#), 422, "/scores/0/criterion"),
            (with("null").replace("null,", r#""blue","#), 422, "/light"),
            (with("null").replace('}', r#","x":1}"#), 422, "/x"),
            ("{".into(), 400, ""),
        ] {
            let raw = app.raw(Some(a), "PUT", &url, Some(body.clone()), &[("if-match", &version)]).await;
            assert_eq!(raw.status, status, "{body} {}", raw.text());
            assert!(raw.text().contains(pointer), "{body} {}", raw.text());
        }
        let raw = app.raw(Some(a), "PUT", &url, Some(with("null")), &[]).await;
        assert_eq!(raw.status, 428);
        assert_eq!(app.get(a, GetSheet { review_id }, &NOTHING).await.unwrap(), before);
    }

    async fn s8_nobody_learns_anything_from_a_sheet_while_blind(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let funder = app.organisation("BMZ", OrganisationKind::Funder).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let p2 = scene.proposal(&app, "P-2", "90000.00", applicant).await;
        let [a, b, _] = &scene.reviewers;
        scene.assign(&app, &[p1, p2], &[a, b]).await.unwrap();
        let watchers = [
            scene.desk.clone(),
            scene.head.clone(),
            b.clone(),
            app.person_of(Role::SteeringVoter, Some(funder)).await,
            app.person(Role::SteeringFacilitator).await,
            app.person(Role::FinanceApprover).await,
            app.person(Role::Auditor).await,
            app.person(Role::Advisor).await,
            app.person(Role::Hub).await,
            app.person(Role::Admin).await,
            app.person_of(Role::ApplicantLead, Some(applicant)).await,
        ];
        for proposal in [p1, p2] {
            for person in [a, b] {
                scene.declare(&app, person, proposal, Conflict::None).await.unwrap();
            }
        }
        let review = scene.review(&app, a, p1).await;
        let urls = [
            format!("/calls/{}/ranking", scene.call),
            format!("/calls/{}/ranking?fundable=true", scene.call),
            format!("/calls/{}/ranking?fundable=false", scene.call),
            format!("/calls/{}/reviews", scene.call),
            format!("/exports/ranking/preview?call_id={}", scene.call),
            format!("/calls/{}", scene.call),
            format!("/proposals/{p1}/scores"),
            format!("/proposals/{p1}/declarations"),
            format!("/proposals/{p1}/declaration"),
            format!("/proposals/{p1}/outcome"),
            format!("/proposals/{p1}"),
            format!("/reviews/{review}"),
            "/reviews".to_owned(),
            "/proposals".to_owned(),
            "/motions".to_owned(),
            "/home".to_owned(),
        ];
        let seen = async || {
            let mut bytes = Vec::new();
            for person in &watchers {
                for url in &urls {
                    let raw = app.raw(Some(person), "GET", &format!("/api/v1{url}"), None, &[]).await;
                    // A problem names its request; everything else must be the same.
                    let text = raw.text();
                    let text = text.split(r#""request_id""#).next().unwrap_or_default().to_owned();
                    bytes.push((url.clone(), raw.status, text));
                }
            }
            bytes
        };
        let write = async |scores: [i64; 6], strengths: &str| {
            let version = app.get(a, GetSheet { review_id: review }, &NOTHING).await.unwrap().version;
            let sheet = Sheet { strengths: strengths.into(), ..sheet(scores) };
            app.call_at(a, SaveSheet { review_id: review }, version, &sheet).await.unwrap();
        };
        // While it is a draft.
        write([5; 6], "Excellent").await;
        let before = seen().await;
        write([0; 6], "Nothing speaks for it").await;
        assert_eq!(before, seen().await);
        // When it is submitted: two databases would be needed to submit it twice, so change the rows.
        let version = app.get(a, GetSheet { review_id: review }, &NOTHING).await.unwrap().version;
        app.call_at(a, SubmitSheet { review_id: review }, version, &sheet([5; 6])).await.unwrap();
        let before = seen().await;
        rewrite(&app, review, 0).await;
        assert_eq!(before, seen().await);
        let mine = app.get(a, GetSheet { review_id: review }, &NOTHING).await.unwrap();
        assert_eq!(mine.total.unwrap().two_decimals(), "0.00", "the hidden facts did change");
    }

    async fn s9_unblinding_needs_every_sheet_or_the_minimum_and_a_reason(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let unblind = || Unblind { call_id: scene.call };
        let [a, b, c] = &scene.reviewers;
        let late = app.person(Role::Reviewer).await;
        scene.assign(&app, &[p1], &[a, b, c, &late]).await.unwrap();
        scene.score(&app, a, p1, [4; 6]).await;
        scene.score(&app, b, p1, [4; 6]).await;
        let refused = app.call(&scene.desk, unblind(), &because("We are in a hurry")).await.unwrap_err();
        assert_eq!(refused.code, Code::SheetsMissing, "two of three");
        scene.score(&app, c, p1, [4; 6]).await;
        let refused = app.call(&scene.desk, unblind(), &because(" ")).await.unwrap_err();
        assert_eq!(refused.errors[0].code, Code::ReasonRequired, "one more was asked for");
        let refused = app.call(a, unblind(), &because("I am curious")).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert_eq!(app.get(&scene.desk, GetScores { proposal_id: p1 }, &NOTHING).await.unwrap_err().code, Code::WrongState);

        let after = app.call(&scene.desk, unblind(), &because("The fourth reviewer is ill")).await.unwrap();
        assert_eq!(after.items[0].shown.as_deref(), Some("80.00"));
        assert_eq!(after.items[0].state, ProposalState::Scored);
        let twice = app.call(&scene.desk, unblind(), &because("Again")).await.unwrap_err();
        assert_eq!(twice.code, Code::WrongState);

        let scores = app.get(&scene.desk, GetScores { proposal_id: p1 }, &NOTHING).await.unwrap();
        assert_eq!((scores.sheets.len(), scores.criteria.len()), (3, 6));
        assert!(app.get(a, GetScores { proposal_id: p1 }, &NOTHING).await.is_ok(), "others' sheets after mine");
        let refused = app.get(&late, GetScores { proposal_id: p1 }, &NOTHING).await.unwrap_err();
        assert_eq!(refused.code, Code::NotFound, "not without one's own sheet");
    }

    async fn s3_s10_the_ranking_is_by_exact_mean_then_the_tie_rules(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let proposals = [
            ("P-1", "100000.00", [4; 6]),
            ("P-2", "90000.00", [5, 4, 4, 4, 4, 4]),
            ("P-3", "60000.00", [4; 6]),
            ("P-4", "50000.00", [2; 6]),
        ];
        for (number, requested, scores) in proposals {
            let id = scene.proposal(&app, number, requested, applicant).await;
            scene.score_all(&app, id, scores).await;
        }
        let blind = ranking(&app, &scene.desk, &scene).await;
        assert!(blind.items.iter().all(|row| row.score.is_none() && row.rank.is_none() && row.cumulative.is_none()));
        assert_eq!(blind.items.iter().map(|row| row.sheets).collect::<Vec<_>>(), [3, 3, 3, 3]);

        let open = app.call(&scene.desk, Unblind { call_id: scene.call }, &because("")).await.unwrap();
        let rows: Vec<_> = open
            .items
            .iter()
            .map(|r| (r.proposal.number.as_str(), r.rank.unwrap(), r.shown.as_deref().unwrap(), r.is_tied, r.is_within))
            .collect();
        assert_eq!(
            rows,
            [
                ("P-2", 1, "85.00", false, Some(true)),
                ("P-3", 2, "80.00", true, Some(true)),
                ("P-1", 3, "80.00", true, Some(false)),
                ("P-4", 4, "40.00", false, None),
            ]
        );
        assert_eq!(open.items[2].cumulative, Some(eur("250000.00")));
        assert_eq!(open.items[3].is_fundable, Some(false));
        let query = RankingQuery { fundable: Some(false), ..RankingQuery::default() };
        let filtered = app.get(&scene.desk, GetRanking { call_id: scene.call }, &query).await.unwrap();
        assert_eq!((filtered.items.len(), filtered.items[0].rank), (1, Some(4)), "ranks are over the whole call");
        let reviewer = app.get(&scene.reviewers[0], GetRanking { call_id: scene.call }, &RankingQuery::default()).await;
        assert_eq!(reviewer.unwrap_err().code, Code::Forbidden);
    }

    async fn s11_a_void_sheet_leaves_and_the_proposal_goes_back_to_review(app: TestApp) {
        let scene = scene(&app, "900000.00", "200000.00").await;
        let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
        let p1 = scene.proposal(&app, "P-1", "100000.00", applicant).await;
        let [a, b, c] = &scene.reviewers;
        scene.assign(&app, &[p1], &[a, b, c]).await.unwrap();
        scene.score(&app, a, p1, [5; 6]).await;
        scene.score(&app, b, p1, [4; 6]).await;
        scene.score(&app, c, p1, [3; 6]).await;
        app.call(&scene.desk, Unblind { call_id: scene.call }, &because("")).await.unwrap();
        assert_eq!(ranking(&app, &scene.desk, &scene).await.items[0].shown.as_deref(), Some("80.00"));
        // The third reviewer remembers a conflict.
        scene.declare(&app, c, p1, Conflict::Hard).await.unwrap();
        let row = ranking(&app, &scene.desk, &scene).await.items.remove(0);
        assert_eq!((row.shown.as_deref(), row.sheets, row.state), (Some("90.00"), 2, ProposalState::InReview));
        assert_eq!(row.is_fundable, Some(false));
        // One more sheet completes it again.
        let spare = app.person(Role::Reviewer).await;
        scene.assign(&app, &[p1], &[&spare]).await.unwrap();
        scene.score(&app, &spare, p1, [3; 6]).await;
        let row = ranking(&app, &scene.desk, &scene).await.items.remove(0);
        assert_eq!((row.shown.as_deref(), row.state), (Some("80.00"), ProposalState::Scored));
    }
}

/// Sets every score of a submitted sheet, behind the application's back.
async fn rewrite(app: &TestApp, review: shared::ids::ReviewId, score: i64) {
    use catalytic_fund::{execute, transact};
    transact!(app.app.db, |tx| {
        execute!(tx, "UPDATE review_scores SET score = $2, comment = 'Other' WHERE review_id = $1", review, score)?;
        execute!(
            tx,
            "UPDATE reviews SET points = $2, strengths = 'Other', weaknesses = 'Other', light = 'red', suggested_minor = 7
             WHERE id = $1",
            review,
            score * 100
        )?;
        Ok(())
    })
    .unwrap();
}
