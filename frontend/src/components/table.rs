//! Lists of rows.

use leptos::prelude::*;
use shared::endpoint::Page;

use super::button::Button;
use super::page::{Failure, Skeleton};
use crate::i18n::{Text, t};
use crate::load::{Load, Paged};

/// A column: its head, and what it holds.
#[derive(Clone)]
pub struct Column {
    head: Text,
    class: &'static str,
}

impl Column {
    /// A column of short texts.
    #[must_use]
    pub fn text(head: Text) -> Self {
        Self { head, class: "" }
    }

    /// The column that says what the row is, in words that need room: a title.
    #[must_use]
    pub fn main(head: Text) -> Self {
        Self { head, class: "main" }
    }

    /// A column of numbers or amounts: right-aligned, figures of one width.
    #[must_use]
    pub fn number(head: Text) -> Self {
        Self { head, class: "number" }
    }
}

/// A row's cells, one per column.
pub struct Row(
    /// The cells, in the columns' order.
    pub Vec<AnyView>,
);

/// A table with a caption. Shows a skeleton while `rows` gives `None` and `empty` when there are none.
/// On a narrow screen each row becomes a card with the columns' heads as labels.
#[component]
pub fn DataTable(
    /// What the table lists.
    #[prop(into)]
    caption: Text,
    /// Hides the caption where the page's heading says the same.
    #[prop(optional)]
    hide_caption: bool,
    /// The columns.
    columns: Vec<Column>,
    /// The rows, followed.
    #[prop(into)]
    rows: Callback<(), Load<Vec<Row>>>,
    /// Reads again after a failure.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
    /// What to show when there is no row.
    #[prop(optional, into)]
    empty: ViewFn,
    /// A last row of sums.
    #[prop(optional, into)]
    foot: Option<Callback<(), Row>>,
) -> impl IntoView {
    let heads = StoredValue::new(columns);
    let head_row = move || {
        heads
            .get_value()
            .into_iter()
            .map(|column| view! { <th scope="col" class=column.class>{column.head}</th> }.into_any())
            .collect_view()
    };
    let row_view = move |row: Row| {
        let cells = row
            .0
            .into_iter()
            .zip(heads.get_value())
            .map(|(cell, column)| {
                view! { <td class=column.class data-label=column.head><div>{cell}</div></td> }.into_any()
            })
            .collect_view();
        view! { <tr>{cells}</tr> }.into_any()
    };
    let label = caption.clone();
    move || match rows.run(()) {
        Load::Loading => view! { <Skeleton/> }.into_any(),
        Load::Failed(error) => {
            let retry = retry.unwrap_or_else(|| Callback::new(|()| ()));
            view! { <Failure error retry/> }.into_any()
        }
        Load::Ready(rows) if rows.is_empty() => empty.run(),
        Load::Ready(rows) => {
            let body = rows.into_iter().map(row_view).collect_view();
            let foot = foot.map(|foot| view! { <tfoot>{row_view(foot.run(()))}</tfoot> }.into_any());
            view! {
                <div class="table-scroll" role="region" tabindex="0" aria-label=label.clone()>
                    <table class="data">
                        <caption class:visually-hidden=hide_caption>{caption.clone()}</caption>
                        <thead><tr>{head_row()}</tr></thead>
                        <tbody>{body}</tbody>
                        {foot}
                    </table>
                </div>
            }
            .into_any()
        }
    }
}

/// The button below a list that reads its next page; gone at the list's end.
#[component]
pub fn LoadMore<T: Send + Sync + 'static>(
    /// The list.
    list: Paged<T>,
) -> impl IntoView {
    let busy = Signal::derive(move || list.busy());
    move || {
        list.has_more().then(|| {
            view! { <p class="load-more"><Button label=t("load-more") busy on_press=move |()| list.more()/></p> }
                .into_any()
        })
    }
}

impl<T: Send + Sync + 'static> Paged<T> {
    /// The list's rows for a [`DataTable`], followed.
    pub fn rows(self, row: impl Fn(&T) -> Row) -> Load<Vec<Row>> {
        self.loader().state().with(|state| match state {
            Load::Loading => Load::Loading,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(Page { items, .. }) => Load::Ready(items.iter().map(row).collect()),
        })
    }
}
