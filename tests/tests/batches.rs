//! Files of payments for the bank: all or none, each payment instructed in the same transaction (M31, M34, M35, M70).

use shared::batches::*;
use shared::endpoint::{Endpoint, Nothing};
use shared::grants::*;
use shared::ids::DisbursementId;
use shared::problem::{Code, Problem};
use tests::both;
use tests::money::{World, eur, key};

/// Prepares a payment on the first tranche.
async fn prepared(world: &World<'_>, grant: &Grant, amount: &str) -> DisbursementId {
    let draft = DisbursementDraft { tranche_id: grant.tranches[0].id, amount: eur(amount) };
    let endpoint = PrepareDisbursement { agreement_id: grant.id };
    let grant = world.once(&world.preparer, endpoint, None, &draft).await.unwrap();
    grant.disbursements.last().unwrap().id
}

async fn verified(world: &World<'_>, disbursement_id: DisbursementId) {
    world.once(&world.desk, VerifyDisbursement { disbursement_id }, Some(1), &Nothing {}).await.unwrap();
}

async fn approved(world: &World<'_>, disbursement_id: DisbursementId) {
    verified(world, disbursement_id).await;
    world.once(&world.approver, ApproveDisbursement { disbursement_id }, Some(2), &Nothing {}).await.unwrap();
}

async fn candidates(world: &World<'_>) -> Candidates {
    world.app.get(&world.preparer, ListCandidates {}, &Nothing {}).await.unwrap()
}

async fn make(world: &World<'_>, ids: &[DisbursementId]) -> Result<Batch, Problem> {
    let request = BatchRequest { disbursement_ids: ids.to_vec() };
    world.once(&world.preparer, CreateBatch {}, None, &request).await
}

both! {
    async fn m70_each_row_says_why_it_can_or_cannot_be_paid(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let one = world.active("100000", &["40000", "50000", "10000"]).await;
        let two = world.active("60000", &["24000", "30000", "6000"]).await;
        let new = prepared(&world, &one, "40000").await;
        let ready = prepared(&world, &two, "24000").await;
        approved(&world, ready).await;
        let seen = candidates(&world).await;
        let rows: Vec<_> = seen.items.iter().map(|c| (c.disbursement_id, c.obstacles.clone())).collect();
        assert_eq!(rows, [(ready, vec![]), (new, vec![Obstacle::NotVerified])]);
        assert_eq!(seen.available, eur("1000000"));
        assert!(!seen.items[0].account.contains("1000"), "the account is masked: {}", seen.items[0].account);
        verified(&world, new).await;
        assert_eq!(candidates(&world).await.items[1].obstacles, [Obstacle::NotApproved]);
        let refused = make(&world, &[ready, new]).await.unwrap_err();
        let error = &refused.errors[0];
        assert_eq!((error.pointer.as_str(), error.code, error.params["reasons"].as_str()), ("/disbursement_ids/1", Code::NotPayable, "not_approved"));
        assert_eq!(candidates(&world).await.items.len(), 2, "all or none");
    }

    async fn m34_a_file_instructs_its_payments_once_and_is_kept_with_its_hash(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let one = world.active("100000", &["40000", "50000", "10000"]).await;
        let two = world.active("60000", &["24000", "30000", "6000"]).await;
        let ids = [prepared(&world, &one, "40000").await, prepared(&world, &two, "24000").await];
        for id in ids {
            approved(&world, id).await;
        }
        let (same, request) = (key(), BatchRequest { disbursement_ids: ids.to_vec() });
        let made = world.with_key(&world.preparer, CreateBatch {}, None, &request, &same).await.unwrap();
        assert_eq!((made.rows, made.total), (2, eur("64000")));
        assert_eq!(world.with_key(&world.preparer, CreateBatch {}, None, &request, &same).await.unwrap(), made, "a retry");
        let twice = make(&world, &ids).await.unwrap_err();
        assert_eq!(twice.errors[0].code, Code::NotPayable);
        let url = GetBatchFile { batch_id: made.id }.url(&Nothing {});
        let file = app.raw(Some(&world.preparer), "GET", &url, None, &[]).await;
        assert_eq!(catalytic_fund::audit::sha256_hex(&[&file.bytes]), made.sha256);
        let text = file.text();
        let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
        assert_eq!(lines[0], "end_to_end_id,account_holder,account,bic,street,postcode,town,country,amount,currency,remittance");
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains(",CM2110002000300277976315008,") && lines[1].contains(",40000.00,EUR,"), "{}", lines[1]);
        for (grant, amount) in [(&one, "40000"), (&two, "24000")] {
            let grant = app.get(&world.preparer, GetGrant { agreement_id: grant.id }, &Nothing {}).await.unwrap();
            let payment = &grant.disbursements[0];
            assert_eq!((payment.state, payment.amount), (DisbursementState::Instructed, eur(amount)));
        }
        let seen = candidates(&world).await;
        assert_eq!(seen.items, []);
        for person in [&world.desk, &world.head, &world.approver] {
            assert_eq!(app.raw(Some(person), "GET", &url, None, &[]).await.status, 403);
        }
    }

    async fn m31_together_no_more_is_ordered_than_there_is_cash(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("900000"), "1").await;
        world.received(&bmz, eur("50000"), "1").await;
        let one = world.active("100000", &["40000", "50000", "10000"]).await;
        let two = world.active("60000", &["24000", "30000", "6000"]).await;
        let ids = [prepared(&world, &one, "40000").await, prepared(&world, &two, "24000").await];
        for id in ids {
            approved(&world, id).await;
        }
        let refused = make(&world, &ids).await.unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::InsufficientCash, "EUR 14000.00"));
        make(&world, &ids[..1]).await.unwrap();
        // What the bank was told counts before it leaves.
        let seen = candidates(&world).await;
        assert_eq!((seen.available, seen.items[0].obstacles.as_slice()), (eur("10000"), &[Obstacle::Cash][..]));
        assert_eq!(make(&world, &ids[1..]).await.unwrap_err().params["missing"], "EUR 14000.00");
    }
}
