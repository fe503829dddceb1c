//! The two schemas are the same house: tables, columns, nullability, what refuses change.

use std::collections::BTreeMap;

use catalytic_fund::db::Db;
use tests::TestApp;

/// Table → column → (kind of value, whether it may be missing).
type Shape = BTreeMap<String, BTreeMap<String, (&'static str, bool)>>;

fn pool(app: &TestApp) -> &sqlx::SqlitePool {
    match &app.app.db {
        Db::Sqlite { write, .. } => write,
        Db::Postgres(_) => unreachable!(),
    }
}

async fn sqlite_shape(app: &TestApp) -> Shape {
    let rows: Vec<(String, String, String, i64, i64)> = sqlx::query_as(
        r#"SELECT t.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master t, pragma_table_info(t.name) c
           WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_sqlx%'"#,
    )
    .fetch_all(pool(app))
    .await
    .unwrap();
    let mut shape = Shape::new();
    for (table, column, kind, not_null, key) in rows {
        let kind = match kind.as_str() {
            "BLOB" => "id",
            "TEXT" => "text",
            "INTEGER" => "number",
            other => panic!("{table}.{column}: {other}"),
        };
        shape.entry(table).or_default().insert(column, (kind, not_null == 0 && key == 0));
    }
    shape
}

async fn postgres_shape(pool: &sqlx::PgPool) -> Shape {
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut shape = Shape::new();
    for (table, column, kind, nullable) in rows {
        let kind = match kind.as_str() {
            "uuid" => "id",
            // A date is text in SQLite, an instant is microseconds, a truth is 0 or 1.
            "text" | "date" => "text",
            "bigint" | "timestamp with time zone" | "boolean" => "number",
            other => panic!("{table}.{column}: {other}"),
        };
        shape.entry(table).or_default().insert(column, (kind, nullable == "YES"));
    }
    shape
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let sqlite = TestApp::sqlite().await;
    let Some(postgres) = TestApp::postgres().await else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let Db::Postgres(pool) = &postgres.app.db else { unreachable!() };
    assert_eq!(sqlite_shape(&sqlite).await, postgres_shape(pool).await);
}

#[tokio::test]
async fn both_engines_refuse_to_change_what_happened() {
    let sqlite = TestApp::sqlite().await;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND (name LIKE '%_no_update' OR name LIKE '%_no_delete') ORDER BY name",
    )
    .fetch_all(pool(&sqlite))
    .await
    .unwrap();
    for table in ["audit_log", "ballots", "decisions", "journal_entries", "postings", "proposal_versions", "export_log"]
    {
        for change in ["update", "delete"] {
            assert!(names.contains(&format!("{table}_no_{change}")), "{table} {change}");
        }
    }
    let Some(postgres) = TestApp::postgres().await else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let Db::Postgres(pool) = &postgres.app.db else { unreachable!() };
    let on_postgres: Vec<String> = sqlx::query_scalar(
        "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE '%\\_no\\_update' OR tgname LIKE '%\\_no\\_delete' ORDER BY tgname",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(names, on_postgres);
}

#[tokio::test]
async fn every_sqlite_table_is_strict() {
    let sqlite = TestApp::sqlite().await;
    let loose: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%'",
    )
    .fetch_all(pool(&sqlite))
    .await
    .unwrap();
    assert_eq!(loose, Vec::<String>::new());
}
