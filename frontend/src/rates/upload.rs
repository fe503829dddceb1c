//! Rates from a file: see row by row what it would do, then enter all of it or nothing.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::problem::{Code, FieldError};
use shared::rates::{PreviewRates, RateEffect, RatePreview, RatePreviewRow, RateUpload, UploadRates};
use shared::upload::RowError;

use super::rate_text;
use crate::components::{
    Button, ButtonKind, Column, Crumb, DataTable, EmptyState, FileText, FormBox, Notice, Page, Row, StatusBadge, Tone,
};
use crate::form::Form;
use crate::fund::{act, date};
use crate::i18n::{self, t, word};
use crate::load::Load;
use crate::routes::Path;
use crate::{api, router};

/// The upload of rates.
pub fn upload_page() -> AnyView {
    let form = Form::new();
    let text = RwSignal::new(String::new());
    // The preview belongs to the text that it was made of.
    let seen = RwSignal::new(None::<(String, RatePreview)>);
    let send = Callback::new(move |()| {
        let request = RateUpload { text: text.get_untracked() };
        if request.text.trim().is_empty() {
            form.check(vec![FieldError::new("/text", Code::Required)]);
            return;
        }
        form.submit(async move {
            let preview = api::call(&PreviewRates {}, &Nothing {}, &request).await?;
            let _ = seen.try_set(Some((request.text, preview)));
            Ok(())
        });
    });
    let shown = move || {
        let (text, preview) = seen.get()?;
        Some(preview_view(text, &preview))
    };
    view! {
        <Page title=t("rates-upload-title") crumbs=vec![Crumb(t("rates-title"), Path::Rates)] wide=true>
            <p>{t("rates-upload-lead")}</p>
            <FormBox form submit=t("upload-preview") on_submit=send>
                <FileText pointer="/text" label=t("upload-text") choose=t("upload-file") hint=t("rates-upload-hint") value=text/>
            </FormBox>
            <div role="status">{shown}</div>
        </Page>
    }
    .into_any()
}

fn preview_view(text: String, preview: &RatePreview) -> AnyView {
    let count = |effect| preview.rows.iter().filter(|row| row.effect == effect).count();
    let (new, corrects, same) = (count(RateEffect::New), count(RateEffect::Corrects), count(RateEffect::Same));
    let is_right = preview.errors.is_empty();
    let confirm = Callback::new(move |()| {
        let request = RateUpload { text: text.clone() };
        act(
            async move {
                let done = api::call(&UploadRates {}, &Nothing {}, &request).await?;
                router::go(&Path::Rates);
                Ok(crate::t!("rates-uploaded", count = done.entered))
            },
            Callback::new(|()| {}),
        );
    });
    let rows = StoredValue::new(preview.rows.clone());
    let columns = vec![
        Column::number(t("upload-line")),
        Column::text(t("currency")),
        Column::text(t("rate-date")),
        Column::text(t("rate-kind")),
        Column::number(t("rate-per-euro")),
        Column::text(t("rate-source")),
        Column::text(t("upload-effect")),
    ];
    view! {
        <h2>{t("upload-result")}</h2>
        <p>{crate::t!("rates-upload-counts", new = new, corrects = corrects, same = same)}</p>
        {(!is_right).then(|| row_errors(&preview.errors))}
        {(is_right && new + corrects > 0).then(|| view! {
            <p class="actions">
                <Button label=crate::t!("rates-upload-confirm", count = new + corrects) kind=ButtonKind::Primary on_press=confirm/>
            </p>
        }.into_any())}
        <DataTable
            caption=t("upload-result")
            hide_caption=true
            columns
            rows=Callback::new(move |()| Load::Ready(rows.with_value(|rows| rows.iter().map(preview_row).collect())))
            empty=|| view! { <EmptyState title=t("upload-no-rows")/> }
        />
    }
    .into_any()
}

fn preview_row(row: &RatePreviewRow) -> Row {
    let draft = &row.draft;
    let tone = match row.effect {
        RateEffect::New => Tone::Good,
        RateEffect::Corrects => Tone::Attention,
        RateEffect::Same => Tone::Neutral,
    };
    let (currency, old) = (draft.currency, row.replaced_rate);
    Row(vec![
        row.line.to_string().into_any(),
        draft.currency.code().into_any(),
        view! { {date(draft.date())} }.into_any(),
        view! { {word("rate-kind", draft.kind.as_str())} }.into_any(),
        draft.rate.to_string().into_any(),
        draft.source.clone().into_any(),
        view! {
            <StatusBadge word=word("rate-effect", row.effect.as_str()) tone/>
            {old.map(|old| view! { " "<span class="muted">{rate_text(currency, old)}</span> }.into_any())}
        }
        .into_any(),
    ])
}

/// What is wrong with a file, by line.
pub(crate) fn row_errors(errors: &[RowError]) -> AnyView {
    let items = errors
        .iter()
        .map(|error| {
            let error = error.clone();
            let text = i18n::Text::new(move || {
                let what = i18n::code_text(error.code, &error.params);
                match (error.line, error.column.as_str()) {
                    (0, _) => what,
                    (line, "") => crate::t!("upload-at-line", line = line, what = what.clone()).get(),
                    (line, column) => {
                        let column = column.to_owned();
                        crate::t!("upload-at-cell", line = line, column = column, what = what.clone()).get()
                    }
                }
            });
            view! { <li>{text}</li> }.into_any()
        })
        .collect_view();
    let count = errors.len();
    view! {
        <Notice tone=Tone::Problem title=crate::t!("upload-wrong", count = count)>
            <ul>{items}</ul>
        </Notice>
    }
    .into_any()
}
