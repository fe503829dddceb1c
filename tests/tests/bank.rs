//! Bank statements: taken in whole or not, once; reconciled to 0.00 before a period locks (M71).

use shared::bank::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::exports::{ExportName, ExportQuery, GetManifest};
use shared::fund::{BookingState, ListReceipts, Receipt, ReceiptQuery};
use shared::grants::{
    ApproveDisbursement, DisbursementDraft, DisbursementState, GetGrant, InstructDisbursement, PayDisbursement,
    Payment, PrepareDisbursement, VerifyDisbursement,
};
use shared::ids::AccountId;
use shared::periods::*;
use shared::problem::{Code, Problem};
use shared::rates::ReasonRequest;
use shared::upload::DateFormat;
use tests::both;
use tests::money::{World, day, eur};

fn draft(iban: &str) -> HouseAccountDraft {
    HouseAccountDraft {
        name: "Commerzbank, grants".into(),
        iban: iban.into(),
        currency: Currency::EUR,
        profile: Profile {
            skipped_lines: 0,
            delimiter: Delimiter::Semicolon,
            date_format: DateFormat::Dotted,
            is_decimal_comma: true,
            date: "Buchungstag".into(),
            amount: "Betrag".into(),
            debit: String::new(),
            credit: String::new(),
            reference: "Referenz".into(),
            end_to_end_id: "End-to-End".into(),
            text: "Text".into(),
        },
    }
}

struct Bank<'a> {
    world: &'a World<'a>,
    account_id: AccountId,
}

impl<'a> Bank<'a> {
    async fn new(world: &'a World<'a>) -> Self {
        let endpoint = AddHouseAccount { fund_id: world.fund_id };
        let account = world.app.call(&world.preparer, endpoint, &draft("DE02 1203 0000 0000 2020 51")).await.unwrap();
        Self { world, account_id: account.id }
    }

    async fn import(&self, rows: &str) -> Result<StatementImported, Problem> {
        let upload = StatementUpload { file_name: "march.csv".into(), text: file(rows) };
        self.world.app.call(&self.world.preparer, ImportStatement { account_id: self.account_id }, &upload).await
    }

    async fn preview(&self, rows: &str) -> Result<StatementPreview, Problem> {
        let upload = StatementUpload { file_name: String::new(), text: file(rows) };
        self.world.app.call(&self.world.preparer, PreviewStatement { account_id: self.account_id }, &upload).await
    }

    async fn march(&self) -> Reconciliation {
        let (from, until) = (day("2026-03-01"), day("2026-03-31"));
        let endpoint = GetReconciliation { fund_id: self.world.fund_id, from, until };
        self.world.app.get(&self.world.approver, endpoint, &Nothing {}).await.unwrap()
    }

    async fn confirm(&self, matches: Vec<MatchDraft>) -> Result<Confirmed, Problem> {
        let endpoint = ConfirmMatches { fund_id: self.world.fund_id };
        self.world.app.call(&self.world.preparer, endpoint, &ConfirmRequest { matches }).await
    }

    async fn receipts(&self) -> Vec<Receipt> {
        let query = ReceiptQuery { state: Some(BookingState::Confirmed), ..ReceiptQuery::default() };
        let endpoint = ListReceipts { fund_id: self.world.fund_id };
        self.world.app.get(&self.world.preparer, endpoint, &query).await.unwrap().items
    }
}

fn file(rows: &str) -> String {
    format!("\u{feff}Buchungstag;Betrag;Referenz;End-to-End;Text;Saldo\r\n{rows}")
}

fn pair(pair: &Pair, reason: &str) -> MatchDraft {
    MatchDraft { line_id: Some(pair.line.id), entry_id: Some(pair.entry.id), reason: reason.into() }
}

both! {
    async fn a_banks_own_file_is_read_past_what_stands_before_its_header_and_nothing_half(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let mut account = draft("DE02 1203 0000 0000 2020 51");
        account.profile.skipped_lines = 101;
        let endpoint = || AddHouseAccount { fund_id: world.fund_id };
        let problem = app.call(&world.preparer, endpoint(), &account).await.unwrap_err();
        assert_eq!((problem.errors[0].pointer.as_str(), problem.errors[0].code), ("/profile/skipped_lines", Code::TooMany));
        account.profile.skipped_lines = 3;
        let account_id = app.call(&world.preparer, endpoint(), &account).await.unwrap().id;
        let read = async |text: String| {
            let upload = StatementUpload { file_name: "march.csv".into(), text };
            app.call(&world.preparer, PreviewStatement { account_id }, &upload).await.unwrap()
        };
        let before = "Kontoauszug;\"März\"\r\nInhaber: Fonds; Währung: EUR\r\n\r\n";
        let rows = "02.03.2026;600,00;R1;;Empfänger Hôpital;1\r\nx;1,00;R2;;;1\r\n";
        let table = file(rows);
        let text = format!("{before}{}", table.trim_start_matches('\u{feff}'));
        // As the browser reads it from the bank's bytes.
        let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let seen = read(shared::upload::decode(&windows)).await;
        assert_eq!((seen.lines[0].line, seen.lines[0].text.as_str()), (5, "Empfänger Hôpital"));
        let found: Vec<_> = seen.errors.iter().map(|e| (e.line, e.column.as_str(), e.code)).collect();
        assert_eq!(found, [(6, "Buchungstag", Code::DateFormat)], "a line is counted from the file's first one");
        // Read as something that it is not, none of it is taken.
        let garbled = read(String::from_utf8_lossy(&windows).into_owned()).await;
        assert_eq!((garbled.lines.len(), garbled.errors[0].code), (0, Code::FileGarbled));
        let upload = StatementUpload { file_name: "march.csv".into(), text: String::from_utf8_lossy(&windows).into_owned() };
        let refused = app.call(&world.preparer, ImportStatement { account_id }, &upload).await.unwrap_err();
        assert_eq!(refused.errors[0].code, Code::FileGarbled);
        assert_eq!(read("Kontoauszug\r\n".into()).await.errors[0].code, Code::FileEmpty);
    }

    async fn a_statement_is_taken_in_whole_or_not_and_every_wrong_row_is_named(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bank = Bank::new(&world).await;
        let wrong = "02.03.2026;600.000,00;R1;;Receipt;1\r\n\
            2026-03-02;x;R2;;;1\r\n\
            03.03.2026;-12,50;R1;;Fee;1\r\n\
            03.03.2026;-12,505;R3;;Fee\r\n\
            03.03.2026;-12,505;;;Fee;1\r\n";
        let preview = bank.preview(wrong).await.unwrap();
        let found: Vec<_> = preview.errors.iter().map(|e| (e.line, e.column.as_str(), e.code)).collect();
        assert_eq!(
            found,
            [
                (3, "Buchungstag", Code::DateFormat),
                (3, "Betrag", Code::AmountFormat),
                (4, "Referenz", Code::NotUnique),
                (5, "", Code::CellsCount),
                (6, "Betrag", Code::AmountPrecision),
                (6, "Referenz", Code::Required),
            ]
        );
        assert_eq!((preview.credit, preview.debit), (eur("600000"), eur("12.50")));
        let problem = bank.import(wrong).await.unwrap_err();
        assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::Invalid, "/rows/3/Buchungstag"));
        assert_eq!(bank.march().await.groups.bank_only, [], "nothing of a wrong file is stored");
        let missing = StatementUpload { file_name: String::new(), text: "Datum;Betrag\r\n1;2\r\n".into() };
        let preview = app.call(&world.preparer, PreviewStatement { account_id: bank.account_id }, &missing).await.unwrap();
        assert_eq!(preview.errors[0].params["columns"], "Buchungstag, Referenz, End-to-End, Text");
    }

    async fn the_same_file_or_line_twice_is_refused(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bank = Bank::new(&world).await;
        let rows = "02.03.2026;-12,50;R1;;Fee;1\r\n";
        assert_eq!(bank.import(rows).await, Ok(StatementImported { lines: 1 }));
        assert_eq!(bank.import(rows).await.unwrap_err().code, Code::FileTwice);
        assert_eq!(bank.preview(rows).await.unwrap_err().code, Code::FileTwice);
        let again = "02.03.2026;-12,50;R1;;Fee, told again;1\r\n03.03.2026;5,00;R2;;Interest;1\r\n";
        let problem = bank.import(again).await.unwrap_err();
        assert_eq!((problem.errors[0].pointer.as_str(), problem.errors[0].code), ("/rows/2/Referenz", Code::BankReferenceUsed));
        assert_eq!(bank.march().await.groups.bank_only.len(), 1);
        // Another account may use the same references.
        let endpoint = AddHouseAccount { fund_id: world.fund_id };
        assert_eq!(app.call(&world.preparer, endpoint, &draft("DE02 1203 0000 0000 2020 51")).await.unwrap_err().code, Code::Duplicate);
        let endpoint = AddHouseAccount { fund_id: world.fund_id };
        let other = app.call(&world.preparer, endpoint, &draft("DE02 5001 0517 0137 0750 30")).await.unwrap();
        let other = Bank { world: &world, account_id: other.id };
        assert_eq!(other.import(rows).await, Ok(StatementImported { lines: 1 }));
    }

    async fn m71_matches_are_confirmed_the_rest_is_explained_and_only_then_the_month_locks(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let bank = Bank::new(&world).await;
        let [sdc, bmz] = bank.receipts().await.try_into().unwrap();
        // BMZ by the bank's reference and 0.50 short; SDC's francs arrived as euros, by amount and day; a fee.
        let rows = format!(
            "03.03.2026;599.999,50;{};;BMZ;1\r\n02.03.2026;400.000,00;OTHER;;SDC;1\r\n31.03.2026;-12,50;FEE-1;;=Fee;1\r\n",
            bmz.bank_reference
        );
        bank.import(&rows).await.unwrap();
        assert_eq!(sdc.eur, eur("400000"));
        let seen = bank.march().await;
        let rules = |pairs: &[Pair]| pairs.iter().map(|p| (p.rule, p.line.amount)).collect::<Vec<_>>();
        assert_eq!(rules(&seen.groups.matched), [(MatchRule::AmountAndDate, eur("400000"))]);
        assert_eq!(rules(&seen.groups.different), [(MatchRule::Reference, eur("599999.50"))]);
        assert_eq!(seen.groups.bank_only.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["=Fee"]);
        assert_eq!(seen.groups.system_only, []);
        // Without their signs, so that nothing cancels out.
        assert_eq!(seen.unexplained, [eur("1999999.50").checked_add(eur("12.50")).unwrap()]);

        let fee = |reason: &str| MatchDraft { line_id: Some(seen.groups.bank_only[0].id), entry_id: None, reason: reason.into() };
        let all = |reason: &str| vec![pair(&seen.groups.matched[0], ""), pair(&seen.groups.different[0], reason), fee("Bank fee, borne by the host")];
        let problem = bank.confirm(all("")).await.unwrap_err();
        assert_eq!((problem.errors[0].pointer.as_str(), problem.errors[0].code), ("/matches/1/reason", Code::ReasonRequired));
        assert_eq!(bank.march().await.confirmed, [], "all or nothing");
        assert_eq!(bank.confirm(all("Fee of the sending bank")).await, Ok(Confirmed { matches: 3 }));
        assert_eq!(bank.confirm(vec![fee("Twice")]).await.unwrap_err().code, Code::MatchedAlready);
        let seen_after = bank.march().await;
        assert_eq!((seen_after.unexplained.as_slice(), seen_after.confirmed.len()), (&[][..], 3));
        assert_eq!(seen_after.groups, Groups::default());

        let query = ExportQuery { fund_id: Some(world.fund_id), ..ExportQuery::default() };
        let endpoint = GetManifest { name: ExportName::Reconciliation };
        let manifest = app.get(&world.approver, endpoint, &query).await.unwrap();
        let totals: Vec<_> = manifest.totals.iter().map(|t| (t.kind.as_str(), t.column.as_str(), t.amount)).collect();
        let bank_sum = eur("999987");
        assert_eq!((manifest.rows, totals), (3, vec![("matched", "bank_amount", bank_sum), ("matched", "booked_amount", eur("1000000"))]));

        app.set_clock("2026-04-02T09:00:00Z");
        let lock = LockProposal { kind: PeriodKind::Month, first_day: day("2026-03-01") };
        let propose = || ProposeLock { fund_id: world.fund_id };
        let undo = |m: &Match| UndoMatch { match_id: m.id };
        let reason = ReasonRequest { reason: "The wrong receipt".into() };
        app.call(&world.preparer, undo(&seen_after.confirmed[0]), &reason).await.unwrap();
        assert_eq!(app.call(&world.preparer, undo(&seen_after.confirmed[0]), &reason).await.unwrap_err().code, Code::WrongState);
        let problem = app.call(&world.preparer, propose(), &lock).await.unwrap_err();
        assert_eq!((problem.code, problem.params["amount"].as_str()), (Code::Unreconciled, "EUR 12.50"));
        bank.confirm(vec![fee("Bank fee")]).await.unwrap();
        let proposed = app.call(&world.preparer, propose(), &lock).await.unwrap();
        let endpoint = DecidePeriod { period_id: proposed.id.unwrap() };
        let yes = PeriodDecision { is_accepted: true, reason: String::new() };
        app.call_at(&world.approver, endpoint, proposed.version, &yes).await.unwrap();
        // What was locked stays as it was: no match is undone, no line is added.
        let problem = app.call(&world.preparer, undo(&seen_after.confirmed[1]), &reason).await.unwrap_err();
        assert_eq!(problem.code, Code::PeriodLocked);
        assert_eq!(bank.import("15.03.2026;-1,00;LATE;;Late;1\r\n").await.unwrap_err().code, Code::PeriodLocked);
        bank.import("01.04.2026;-1,00;APRIL;;April;1\r\n").await.unwrap();
    }

    async fn a_paid_payment_that_the_statement_shows_is_reconciled_and_an_undone_match_gives_it_back(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "50000", "10000"]).await;
        let draft = DisbursementDraft { tranche_id: grant.tranches[0].id, amount: eur("40000") };
        let grant = world.once(&world.preparer, PrepareDisbursement { agreement_id: grant.id }, None, &draft).await.unwrap();
        let disbursement_id = grant.disbursements[0].id;
        world.once(&world.desk, VerifyDisbursement { disbursement_id }, Some(1), &Nothing {}).await.unwrap();
        world.once(&world.approver, ApproveDisbursement { disbursement_id }, Some(2), &Nothing {}).await.unwrap();
        world.once(&world.preparer, InstructDisbursement { disbursement_id }, Some(3), &Nothing {}).await.unwrap();
        let payment = Payment { bank_reference: "OUT-1".into(), value_date: day("2026-03-02") };
        let paid = world.once(&world.preparer, PayDisbursement { disbursement_id }, Some(4), &payment).await.unwrap();
        let bank = Bank::new(&world).await;
        // The bank books it a day later under a reference of its own: the end-to-end id tells.
        bank.import(&format!("03.03.2026;-40.000,00;B-77;{};Grant;1\r\n", paid.disbursements[0].end_to_end_id)).await.unwrap();
        let seen = bank.march().await;
        let found = seen.groups.matched.iter().find(|p| p.line.amount == eur("-40000")).unwrap();
        assert_eq!(found.rule, MatchRule::EndToEndId);
        let state = async || {
            let grant = app.get(&world.preparer, GetGrant { agreement_id: grant.id }, &Nothing {}).await.unwrap();
            grant.disbursements[0].state
        };
        bank.confirm(vec![pair(found, "")]).await.unwrap();
        assert_eq!(state().await, DisbursementState::Reconciled);
        let done = bank.march().await.confirmed.remove(0);
        let reason = ReasonRequest { reason: "The wrong line".into() };
        app.call(&world.preparer, UndoMatch { match_id: done.id }, &reason).await.unwrap();
        assert_eq!(state().await, DisbursementState::Paid);
        bank.confirm(vec![pair(found, "")]).await.unwrap();
        assert_eq!(state().await, DisbursementState::Reconciled);
    }

    async fn an_accounts_profile_changes_and_its_currency_stays(app: TestApp) {
        let world = World::new(&app, "200000").await;
        let bank = Bank::new(&world).await;
        let endpoint = || UpdateHouseAccount { account_id: bank.account_id };
        let mut changed = draft("DE02 1203 0000 0000 2020 51");
        changed.profile.amount = String::new();
        let problem = app.call_at(&world.preparer, endpoint(), 1, &changed).await.unwrap_err();
        let pointers: Vec<_> = problem.errors.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(pointers, ["/profile/debit", "/profile/credit"]);
        changed.profile.debit = "Soll".into();
        changed.profile.credit = "Haben".into();
        let francs = HouseAccountDraft { currency: Currency::CHF, ..changed.clone() };
        assert_eq!(app.call_at(&world.preparer, endpoint(), 1, &francs).await.unwrap_err().errors[0].code, Code::CurrencyMismatch);
        assert_eq!(app.call_at(&world.preparer, endpoint(), 1, &changed).await.unwrap().version, 2);
        assert_eq!(app.call_at(&world.preparer, endpoint(), 1, &changed).await.unwrap_err().code, Code::StaleVersion);
        assert_eq!(app.call_at(&world.head, endpoint(), 2, &changed).await.unwrap_err().code, Code::Forbidden);
    }
}
