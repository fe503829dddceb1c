//! A statement's file: see line by line what it brings, then take all of it in or nothing.

use leptos::prelude::*;
use shared::bank::{HouseAccount, ImportStatement, PreviewStatement, StatementLine, StatementPreview, StatementUpload};
use shared::endpoint::Nothing;
use shared::ids::AccountId;
use shared::problem::{Code, FieldError};

use crate::api;
use crate::components::{Button, ButtonKind, Column, DataTable, EmptyState, FileText, FormBox, Row, toast};
use crate::form::Form;
use crate::fund::{date, money};
use crate::i18n::t;
use crate::load::Load;
use crate::rates::row_errors;

/// The form of one account.
pub fn form(account: HouseAccount, on_done: Callback<()>) -> AnyView {
    let form = Form::new();
    let account_id = account.id;
    let [text, file_name] = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    let seen = RwSignal::new(None::<(StatementUpload, StatementPreview)>);
    let send = Callback::new(move |()| {
        let upload = StatementUpload { file_name: file_name.get_untracked(), text: text.get_untracked() };
        if upload.text.trim().is_empty() {
            form.check(vec![FieldError::new("/text", Code::Required)]);
            return;
        }
        form.submit(async move {
            let preview = api::call(&PreviewStatement { account_id }, &Nothing {}, &upload).await?;
            let _ = seen.try_set(Some((upload, preview)));
            Ok(())
        });
    });
    let shown = move || seen.get().map(|(upload, preview)| preview_view(form, account_id, upload, &preview, on_done));
    view! {
        <p>{crate::t!("statement-lead", name = account.name.clone(), columns = account.profile.columns().join(", "))}</p>
        <FormBox form submit=t("upload-preview") on_submit=send>
            <FileText pointer="/text" label=t("upload-text") choose=t("upload-file") hint=t("statement-hint") value=text name=file_name/>
        </FormBox>
        <div role="status">{shown}</div>
    }
    .into_any()
}

fn preview_view(
    form: Form,
    account_id: AccountId,
    upload: StatementUpload,
    preview: &StatementPreview,
    on_done: Callback<()>,
) -> AnyView {
    let (credit, debit, count) = (preview.credit, preview.debit, preview.lines.len());
    let is_right = preview.errors.is_empty();
    let confirm = Callback::new(move |()| {
        let upload = upload.clone();
        form.submit(async move {
            let done = api::call(&ImportStatement { account_id }, &Nothing {}, &upload).await?;
            toast(crate::t!("statement-imported", count = done.lines));
            on_done.run(());
            Ok(())
        });
    });
    let lines = StoredValue::new(preview.lines.clone());
    let columns =
        vec![Column::number(t("upload-line")), Column::text(t("bank-line")), Column::number(t("bank-amount"))];
    view! {
        <h3>{t("upload-result")}</h3>
        <p>{crate::t!("statement-sums", credit = credit, debit = debit)}</p>
        {(!is_right).then(|| row_errors(&preview.errors))}
        {is_right.then(|| view! {
            <p class="actions">
                <Button label=crate::t!("statement-confirm", count = count) kind=ButtonKind::Primary busy=Signal::derive(move || form.busy()) on_press=confirm/>
            </p>
        }.into_any())}
        <DataTable
            caption=t("upload-result")
            hide_caption=true
            columns
            rows=Callback::new(move |()| Load::Ready(lines.with_value(|lines| lines.iter().map(line_row).collect())))
            empty=|| view! { <EmptyState title=t("upload-no-rows")/> }
        />
    }
    .into_any()
}

fn line_row(line: &StatementLine) -> Row {
    let ids = [line.reference.clone(), line.end_to_end_id.clone()].join(" ");
    Row(vec![
        line.line.to_string().into_any(),
        view! { {date(line.booked_on)}<br/>{line.text.clone()}<br/><span class="muted hash">{ids}</span> }.into_any(),
        view! { {money(line.amount)} }.into_any(),
    ])
}
