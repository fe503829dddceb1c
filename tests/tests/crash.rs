//! What can happen to a server: it is killed in the middle of its work (`kill -9`), its disk is full,
//! its clock jumps. It forgets nothing that it has said, and leaves nothing done by halves (M25, M34).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use catalytic_fund::audit;
use catalytic_fund::db::Db;
use catalytic_fund::on;
use shared::audit::AuditFinding;
use shared::endpoint::Endpoint;
use shared::fund::{ConfirmReceipt, Contribution, PrepareReceipt, Receipt, ReceiptDraft};
use shared::ids::{ContributionId, ReceiptId};
use shared::money::Rate;
use shared::problem::Code;
use sqlx::Connection;
use tests::money::{World, day, eur, key, today};
use tests::{Person, TestApp, both};

/// How often the server is killed.
const KILLS: usize = 50;

/// How many people work at once.
const PEOPLE: usize = 4;

/// The real server in a process of its own.
struct Victim {
    child: Child,
    address: String,
}

impl Victim {
    fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_e2e-server"))
            .args(["--reopen", "--database", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let announced: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = announced["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
        Self { child, address }
    }

    /// `kill -9`.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Something that a person asks for; sent again word for word, it is the same intention.
#[derive(Debug, Clone)]
struct Request {
    cookie: String,
    path: String,
    version: Option<i64>,
    key: String,
    body: String,
}

impl Request {
    /// The answer, or none when the server went away first.
    fn send(&self, address: &str) -> Option<serde_json::Value> {
        let mut stream = TcpStream::connect(address).ok()?;
        let version = self.version.map(|version| format!("if-match: {version}\r\n")).unwrap_or_default();
        write!(
            stream,
            "POST {} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncookie: {}\r\nidempotency-key: {}\r\n{version}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
            self.path,
            self.cookie,
            self.key,
            self.body.len(),
            self.body
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        assert!(head.starts_with("HTTP/1.1 200"), "{self:?}: {answer}");
        // A body that is cut off is no answer.
        serde_json::from_str(body).ok()
    }
}

/// The two who book receipts.
#[derive(Clone)]
struct Desk {
    preparer: Person,
    approver: Person,
    contribution: ContributionId,
}

impl Desk {
    fn prepare(&self, bank_reference: &str) -> Request {
        let endpoint = PrepareReceipt { contribution_id: self.contribution };
        let draft = ReceiptDraft {
            amount: eur("1.00"),
            bank_rate: Rate::ONE,
            rate_source: String::new(),
            rate_id: None,
            received_on: today(),
            bank_reference: bank_reference.to_owned(),
        };
        Request {
            cookie: self.preparer.cookie(),
            path: endpoint.url(&shared::endpoint::Nothing {}),
            version: None,
            key: key(),
            body: serde_json::to_string(&draft).unwrap(),
        }
    }

    fn confirm(&self, receipt: &Receipt) -> Request {
        Request {
            cookie: self.approver.cookie(),
            path: ConfirmReceipt { receipt_id: receipt.id }.url(&shared::endpoint::Nothing {}),
            version: Some(receipt.version),
            key: key(),
            body: "{}".to_owned(),
        }
    }
}

/// What somebody at work has to tell.
enum News {
    /// The server said that this receipt is booked.
    Booked(ReceiptId),
    /// The server went away before it answered.
    Unanswered(Request),
}

/// Books one receipt after another until the server is gone.
fn work(desk: &Desk, address: &str, name: &str, news: &Sender<News>) {
    for n in 0.. {
        let mut request = desk.prepare(&format!("{name}-{n}"));
        let Some(prepared) = request.send(address) else { return };
        request = desk.confirm(&serde_json::from_value(prepared).unwrap());
        match request.send(address) {
            Some(booked) => {
                let booked: Receipt = serde_json::from_value(booked).unwrap();
                let _ = news.send(News::Booked(booked.id));
            }
            None => {
                let _ = news.send(News::Unanswered(request));
                return;
            }
        }
    }
}

/// What the database holds: confirmed receipts, their journal entries, cash in minor units.
async fn booked(app: &TestApp) -> (i64, i64, i64) {
    let mut tx = app.app.db.read().await.unwrap();
    on!(&mut tx, |c| sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM receipts WHERE state = 'confirmed'),
                (SELECT COUNT(*) FROM journal_entries e JOIN receipts r ON r.id = e.source_id
                 WHERE e.kind = 'receipt' AND r.state = 'confirmed'),
                (SELECT CAST(COALESCE(SUM(balance_minor), 0) AS BIGINT) FROM fund_balances WHERE account = 'cash')"
    )
    .fetch_one(c)
    .await)
    .unwrap()
}

async fn run(database: &str) {
    let app = TestApp::at(database).await;
    let world = World::new(&app, "1000.00").await;
    let contribution: Contribution = world.signed(world.bmz, "BMZ-1", eur("1000000.00"), "1").await;
    let desk =
        Desk { preparer: world.preparer.clone(), approver: world.approver.clone(), contribution: contribution.id };
    app.app.db.clone().close().await;

    let mut acknowledged: Vec<ReceiptId> = Vec::new();
    let mut unanswered: Vec<Request> = Vec::new();
    for kill in 0..KILLS {
        let victim = Victim::start(database);
        // Who got no answer asks again, in the same words.
        for request in unanswered.drain(..) {
            let booked = request.send(&victim.address).unwrap();
            acknowledged.push(serde_json::from_value::<Receipt>(booked).unwrap().id);
        }
        let (sender, news) = channel();
        let workers: Vec<_> = (0..PEOPLE)
            .map(|person| {
                let (desk, address, sender) = (desk.clone(), victim.address.clone(), sender.clone());
                std::thread::spawn(move || work(&desk, &address, &format!("K{kill}-{person}"), &sender))
            })
            .collect();
        drop(sender);
        // Another moment each time: while the others are in the middle of something.
        let mut left = 1 + kill * 7 % 13;
        let mut victim = Some(victim);
        for event in news {
            match event {
                News::Booked(id) => acknowledged.push(id),
                News::Unanswered(request) => unanswered.push(request),
            }
            left = left.saturating_sub(1);
            if left == 0
                && let Some(victim) = victim.take()
            {
                victim.kill();
            }
        }
        for worker in workers {
            worker.join().unwrap();
        }
        let after = TestApp::at(database).await;
        let (confirmed, entries, cash) = booked(&after).await;
        assert_eq!((entries, cash), (confirmed, confirmed * 100), "after kill {kill}: nothing by halves");
        let sure = i64::try_from(acknowledged.len()).unwrap();
        let open = i64::try_from(unanswered.len()).unwrap();
        assert!((sure..=sure + open).contains(&confirmed), "after kill {kill}: {sure} said, {confirmed} there");
        after.app.db.clone().close().await;
    }

    let victim = Victim::start(database);
    for request in unanswered {
        let booked = request.send(&victim.address).unwrap();
        acknowledged.push(serde_json::from_value::<Receipt>(booked).unwrap().id);
    }
    victim.kill();
    let after = TestApp::at(database).await;
    let said = acknowledged.len();
    acknowledged.sort_unstable();
    acknowledged.dedup();
    assert_eq!(acknowledged.len(), said, "each receipt was booked once");
    assert_eq!(booked(&after).await.0, i64::try_from(said).unwrap(), "all that was said is there, and nothing else");
    assert_eq!(audit::verify(&after.app.db, None).await.unwrap().finding, AuditFinding::Whole);
    println!("{KILLS} kills, {said} receipts booked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m25_m34_what_was_acknowledged_survives_fifty_kills_once_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    run(&format!("sqlite:{}", folder.path().join("crash.db").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m25_m34_what_was_acknowledged_survives_fifty_kills_once_postgres() {
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(server) => run(&tests::fresh_postgres(&server).await).await,
        Err(_) => println!("skipped: TEST_POSTGRES_URL is not set"),
    }
}

/// Books until there is no more room, makes room, and goes on: what was refused left nothing.
async fn meets_a_full_disk(app: &TestApp, fill: impl AsyncFnOnce(), make_room: impl AsyncFnOnce()) {
    let world = World::new(app, "1000.00").await;
    let contribution = world.signed(world.bmz, "BMZ-1", eur("1000000.00"), "1").await;
    fill().await;
    let mut receipts = Vec::new();
    let refused = loop {
        assert!(receipts.len() < 10_000, "the disk was never full");
        match world.prepared(&contribution, eur("1.00"), "1").await {
            Ok(receipt) => receipts.push(receipt),
            Err(problem) => break problem,
        }
    };
    assert_eq!((refused.code, refused.status), (Code::StorageFull, 507));
    let mut tx = app.app.db.read().await.unwrap();
    let stored: i64 = on!(&mut tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM receipts").fetch_one(c).await).unwrap();
    assert_eq!(stored, i64::try_from(receipts.len()).unwrap(), "nothing of the refused one");
    drop(tx);

    make_room().await;
    receipts.push(world.prepared(&contribution, eur("1.00"), "1").await.unwrap());
    for receipt in &receipts {
        let endpoint = ConfirmReceipt { receipt_id: receipt.id };
        world.once(&world.approver, endpoint, Some(receipt.version), &shared::endpoint::Nothing {}).await.unwrap();
    }
    let (confirmed, entries, cash) = booked(app).await;
    assert_eq!((entries, cash), (confirmed, confirmed * 100));
    assert_eq!(audit::verify(&app.app.db, None).await.unwrap().finding, AuditFinding::Whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m25_a_full_disk_is_a_clear_error_and_nothing_is_lost_sqlite() {
    let app = TestApp::sqlite().await;
    let Db::Sqlite { write, .. } = &app.app.db else { panic!("this test is SQLite's") };
    let pages = async |sql: &'static str| {
        sqlx::query(sql).execute(write).await.unwrap();
    };
    // As much as there is now, and no page more: what SQLite meets on a full disk.
    let fill = async || pages("PRAGMA max_page_count = 1").await;
    meets_a_full_disk(&app, fill, async || pages("PRAGMA max_page_count = 1000000").await).await;
}

/// A disk in memory, small enough to fill; gone with the test.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this user may not mount one.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]).arg(folder.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server may still hold a file of a database that is dropped.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the disk in memory stays mounted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m25_a_full_disk_is_a_clear_error_and_nothing_is_lost_postgres() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        return println!("skipped: TEST_POSTGRES_URL is not set");
    };
    let Some(disk) = SmallDisk::mount() else { return println!("skipped: a small disk needs the right to mount one") };
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    let data: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&mut admin).await.unwrap();
    let Ok(data) = std::fs::metadata(&data) else { return println!("skipped: the server is not on this machine") };
    let folder = disk.0.path().join("tablespace");
    std::fs::create_dir(&folder).unwrap();
    for owned in [disk.0.path(), &folder] {
        std::os::unix::fs::chown(owned, Some(data.uid()), Some(data.gid())).unwrap();
    }
    let name = format!("small_{}", uuid::Uuid::now_v7().simple());
    let mut run = async |sql: String| {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
    };
    run(format!("CREATE TABLESPACE {name} LOCATION '{}'", folder.display())).await;
    run(format!("CREATE DATABASE {name} TABLESPACE {name}")).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    let app = TestApp::at(&format!("{base}/{name}")).await;

    let ballast = disk.0.path().join("ballast");
    let fill = async || {
        let mut file = std::fs::File::create(&ballast).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    };
    meets_a_full_disk(&app, fill, async || std::fs::remove_file(&ballast).unwrap()).await;
    app.app.db.close().await;
    run(format!("DROP DATABASE {name}")).await;
    run(format!("DROP TABLESPACE {name}")).await;
}

both! {
    async fn m25_m72_a_clock_that_jumps_breaks_neither_ledger_nor_chain(app: TestApp) {
        let world = World::new(&app, "1000.00").await;
        let contribution = world.signed(world.bmz, "BMZ-1", eur("1000000.00"), "1").await;
        for (at, days) in [3, 40, -8, 90, -60, -1].into_iter().enumerate() {
            app.app.clock.set(app.app.clock.now().plus(chrono::Duration::days(days)));
            let endpoint = PrepareReceipt { contribution_id: contribution.id };
            let draft = ReceiptDraft {
                amount: eur("1.00"),
                bank_rate: Rate::ONE,
                rate_source: String::new(),
                rate_id: None,
                received_on: day("2026-03-02"),
                bank_reference: format!("JUMP-{at}"),
            };
            let (prepare, confirm) = (key(), key());
            let receipt = world.with_key(&world.preparer, endpoint, None, &draft, &prepare).await.unwrap();
            let endpoint = || ConfirmReceipt { receipt_id: receipt.id };
            let none = shared::endpoint::Nothing {};
            let first = world.with_key(&world.approver, endpoint(), Some(receipt.version), &none, &confirm).await;
            // Back before the first answer, the same intention still finds it.
            app.app.clock.set(app.app.clock.now().plus(chrono::Duration::hours(-1)));
            let again = world.with_key(&world.approver, endpoint(), Some(receipt.version), &none, &confirm).await;
            assert_eq!(first.unwrap(), again.unwrap());
        }
        assert_eq!(booked(&app).await, (6, 6, 600));
        assert_eq!(audit::verify(&app.app.db, None).await.unwrap().finding, AuditFinding::Whole);
    }
}
