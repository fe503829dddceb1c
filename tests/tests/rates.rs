//! Exchange rates: four eyes, corrections, uploads; a missing one is an error (M50, M51, M70).

use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, rates, transact};
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing, Page};
use shared::exports::{ExportName, ExportQuery, TakeExport};
use shared::ids::RateId;
use shared::money::Rate;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::rates::*;
use tests::money::{day, rate};
use tests::{Person, TestApp, both};

struct Desk<'a> {
    app: &'a TestApp,
    preparer: Person,
    approver: Person,
}

fn draft(currency: Currency, valid_on: &str, kind: RateKind, value: &str) -> RateDraft {
    RateDraft { currency, valid_on: day(valid_on), kind, rate: rate(value), source: "ECB".into() }
}

fn chf(value: &str) -> RateDraft {
    draft(Currency::CHF, "2026-02-27", RateKind::Bank, value)
}

impl<'a> Desk<'a> {
    async fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            preparer: app.person(Role::FinancePreparer).await,
            approver: app.person(Role::FinanceApprover).await,
        }
    }

    async fn add(&self, draft: &RateDraft) -> Result<FxRate, Problem> {
        self.app.call(&self.preparer, AddRate {}, draft).await
    }

    async fn approve(&self, ids: &[RateId]) -> Result<Page<FxRate>, Problem> {
        self.app.call(&self.approver, ApproveRates {}, &RateApproval { rate_ids: ids.to_vec() }).await
    }

    async fn approved(&self, draft: &RateDraft) -> RateId {
        let id = self.add(draft).await.unwrap().id;
        self.approve(&[id]).await.unwrap();
        id
    }

    async fn at(&self, currency: Currency, on: &str, kind: RateKind) -> Result<Rate, Problem> {
        let endpoint = GetRateAt { currency, kind, day: day(on) };
        self.app.get(&self.preparer, endpoint, &Nothing {}).await.map(|value| value.rate)
    }

    async fn list(&self, query: &RateQuery) -> Vec<FxRate> {
        self.app.get(&self.preparer, ListRates {}, query).await.unwrap().items
    }

    async fn upload(&self, text: &str) -> Result<RatesUploaded, Problem> {
        self.app.call(&self.preparer, UploadRates {}, &RateUpload { text: text.into() }).await
    }

    async fn preview(&self, text: &str) -> RatePreview {
        self.app.call(&self.preparer, PreviewRates {}, &RateUpload { text: text.into() }).await.unwrap()
    }
}

both! {
    async fn m50_a_missing_rate_is_an_error_never_one_never_the_nearest(app: TestApp) {
        let desk = Desk::new(&app).await;
        desk.approved(&chf("0.95")).await;
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await, Ok(rate("0.95")));
        assert_eq!(desk.at(Currency::EUR, "2026-02-27", RateKind::Bank).await, Ok(Rate::ONE));
        for (currency, on, kind) in [
            (Currency::CHF, "2026-02-26", RateKind::Bank),
            (Currency::CHF, "2026-02-28", RateKind::Bank),
            (Currency::CHF, "2026-02-27", RateKind::Budget),
            (Currency::XAF, "2026-02-27", RateKind::Bank),
        ] {
            let problem = desk.at(currency, on, kind).await.unwrap_err();
            assert_eq!((problem.code, problem.status, problem.params["day"].as_str()), (Code::RateMissing, 422, on));
        }
    }

    async fn m51_the_kinds_stay_apart_and_an_average_is_of_its_month(app: TestApp) {
        let desk = Desk::new(&app).await;
        let kinds = [(RateKind::Budget, "0.94"), (RateKind::Bank, "0.95"), (RateKind::MonthlyAverage, "0.96")];
        for (kind, value) in kinds {
            desk.approved(&draft(Currency::CHF, "2026-02-27", kind, value)).await;
        }
        for (kind, value) in kinds {
            assert_eq!(desk.at(Currency::CHF, "2026-02-27", kind).await, Ok(rate(value)));
        }
        assert_eq!(desk.at(Currency::CHF, "2026-02-03", RateKind::MonthlyAverage).await, Ok(rate("0.96")));
        assert_eq!(desk.at(Currency::CHF, "2026-03-01", RateKind::MonthlyAverage).await.unwrap_err().code, Code::RateMissing);
    }

    async fn m70_another_person_approves_and_until_then_the_rate_does_not_count(app: TestApp) {
        let desk = Desk::new(&app).await;
        app.add_role(desk.preparer.id, Role::FinanceApprover, None, false).await;
        let entered = desk.add(&chf("0.95")).await.unwrap();
        assert_eq!((entered.state, entered.is_own), (RateState::Entered, true));
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await.unwrap_err().code, Code::RateMissing);
        let own = RateApproval { rate_ids: vec![entered.id] };
        let problem = app.call(&desk.preparer, ApproveRates {}, &own).await.unwrap_err();
        assert_eq!(problem.code, Code::SeparationOfDuties);
        // Nor does the database take it, whatever the program does.
        let refused = transact!(app.app.db, |tx| rates::store::approve(tx, &app.app.system_ctx(), desk.preparer.id, &[entered.id]).await);
        assert!(refused.is_err());
        desk.approve(&[entered.id]).await.unwrap();
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await, Ok(rate("0.95")));
        assert_eq!(desk.approve(&[entered.id]).await.unwrap_err().code, Code::WrongState);
    }

    async fn m50_an_approved_rate_is_immutable_and_a_correction_names_it(app: TestApp) {
        let desk = Desk::new(&app).await;
        let old = desk.approved(&chf("0.95")).await;
        assert_eq!(desk.add(&chf("0.95")).await.unwrap_err().code, Code::Duplicate);
        let correction = desk.add(&chf("0.96")).await.unwrap();
        assert_eq!((correction.replaces, correction.replaced_rate), (Some(old), Some(rate("0.95"))));
        // One waits at a time, and the old one counts until the new one is approved.
        assert_eq!(desk.add(&chf("0.97")).await.unwrap_err().code, Code::Duplicate);
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await, Ok(rate("0.95")));
        desk.approve(&[correction.id]).await.unwrap();
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await, Ok(rate("0.96")));
        let rows = desk.list(&RateQuery::default()).await;
        assert_eq!(rows.iter().map(|r| r.is_replaced).collect::<Vec<_>>(), [false, true]);
        for sql in [
            "UPDATE fx_rates SET rate_nano = 1 WHERE id = $1",
            "UPDATE fx_rates SET state = 'withdrawn', approved_by = NULL, approved_at = NULL WHERE id = $1",
            "DELETE FROM fx_rates WHERE id = $1",
            // A second correction of the same rate.
            "INSERT INTO fx_rates (id, currency, valid_on, kind, rate_nano, source, state, replaces, entered_by, entered_at, approved_by, approved_at)
             SELECT entered_by, currency, valid_on, kind, rate_nano, source, state, $1, entered_by, entered_at, approved_by, approved_at
             FROM fx_rates WHERE replaces = $1",
            // A correction of a rate for another day.
            "INSERT INTO fx_rates (id, currency, valid_on, kind, rate_nano, source, state, replaces, entered_by, entered_at)
             SELECT entered_by, currency, '2026-02-26', kind, rate_nano, source, 'entered', $1, entered_by, entered_at
             FROM fx_rates WHERE id = $1",
        ] {
            let refused: Result<(), ApiError> = transact!(app.app.db, |tx| execute!(tx, sql, old).map(|_| ()).map_err(ApiError::from));
            assert!(refused.is_err(), "{sql}");
        }
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await, Ok(rate("0.96")));
    }

    async fn m50_an_entered_rate_can_be_withdrawn_with_a_reason(app: TestApp) {
        let desk = Desk::new(&app).await;
        let entered = desk.add(&chf("0.59")).await.unwrap();
        let empty = ReasonRequest { reason: " ".into() };
        let problem = app.call(&desk.preparer, WithdrawRate { rate_id: entered.id }, &empty).await.unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/reason");
        let reason = ReasonRequest { reason: "Digits swapped".into() };
        let withdrawn = app.call(&desk.preparer, WithdrawRate { rate_id: entered.id }, &reason).await.unwrap();
        assert_eq!(withdrawn.state, RateState::Withdrawn);
        assert_eq!(desk.approve(&[entered.id]).await.unwrap_err().code, Code::WrongState);
        // M70: who approves may refuse as well.
        let entered = desk.add(&chf("0.59")).await.unwrap();
        let refused = app.call(&desk.approver, WithdrawRate { rate_id: entered.id }, &reason).await.unwrap();
        assert_eq!(refused.state, RateState::Withdrawn);
        desk.approved(&chf("0.95")).await;
        let approved = RateQuery { state: Some(RateState::Approved), currency: Some(Currency::CHF), ..RateQuery::default() };
        assert_eq!(desk.list(&approved).await.len(), 1);
    }

    async fn m50_an_upload_shows_what_it_would_do_and_stores_all_or_nothing(app: TestApp) {
        let desk = Desk::new(&app).await;
        desk.approved(&chf("0.95")).await;
        desk.approved(&draft(Currency::XAF, "2026-02-01", RateKind::MonthlyAverage, "655.957")).await;
        let excel = "\u{feff}date;currency;kind;rate;source\r\n\
            2026-02-27;CHF;bank;0,96;Bank's mail\r\n\
            2026-02-01;XAF;monthly_average;655,957;BEAC\r\n\
            2026-02-28;CHF;bank;0,9512;ECB\r\n";
        let preview = desk.preview(excel).await;
        assert_eq!(preview.errors, []);
        let effects: Vec<_> = preview.rows.iter().map(|r| (r.line, r.effect, r.replaced_rate)).collect();
        assert_eq!(
            effects,
            [
                (2, RateEffect::Corrects, Some(rate("0.95"))),
                (3, RateEffect::Same, None),
                (4, RateEffect::New, None),
            ]
        );
        assert_eq!(desk.list(&RateQuery::default()).await.len(), 2, "a preview stores nothing");
        let wrong = format!("{excel}2026-02-28;CHF;bank;0,9513;ECB\r\n2026-02-29;CHF;bank;0,9;ECB\r\nx;y\r\n");
        let preview = desk.preview(&wrong).await;
        let found: Vec<_> = preview.errors.iter().map(|e| (e.line, e.column.as_str(), e.code)).collect();
        assert_eq!(found, [(5, "", Code::NotUnique), (6, "date", Code::DateFormat), (7, "", Code::CellsCount)]);
        let problem = desk.upload(&wrong).await.unwrap_err();
        assert_eq!((problem.code, problem.errors[1].pointer.as_str()), (Code::Invalid, "/rows/6/date"));
        assert_eq!(desk.list(&RateQuery::default()).await.len(), 2, "nothing of a file with a wrong row is stored");
        assert_eq!(desk.upload(excel).await, Ok(RatesUploaded { entered: 2, same: 1 }));
        let waiting = desk.list(&RateQuery { state: Some(RateState::Entered), ..RateQuery::default() }).await;
        desk.approve(&waiting.iter().map(|r| r.id).collect::<Vec<_>>()).await.unwrap();
        assert_eq!(desk.at(Currency::CHF, "2026-02-27", RateKind::Bank).await, Ok(rate("0.96")));
        assert_eq!(desk.upload(excel).await, Ok(RatesUploaded { entered: 0, same: 3 }));
    }

    async fn m50_our_own_export_can_be_uploaded_again(app: TestApp) {
        let desk = Desk::new(&app).await;
        desk.approved(&draft(Currency::XAF, "2026-02-01", RateKind::MonthlyAverage, "655.957")).await;
        desk.approved(&RateDraft { source: "=ECB, fixing".into(), ..chf("0.95") }).await;
        let url = TakeExport { name: ExportName::FxRates }.url(&ExportQuery::default());
        let file = app.raw(Some(&desk.preparer), "GET", &url, None, &[]).await.text();
        assert!(file.contains(",XAF,2026-02-01,monthly_average,655.957,ECB,approved,"), "{file}");
        assert!(file.contains("\"'=ECB, fixing\""), "{file}");
        assert_eq!(desk.upload(&file).await, Ok(RatesUploaded { entered: 0, same: 2 }));
        let desk_officer = app.person(Role::DeskOfficer).await;
        assert_eq!(app.raw(Some(&desk_officer), "GET", &url, None, &[]).await.status, 403);
    }
}
