//! The one bar for money: allocable, reserved, committed, this, left.

use leptos::prelude::*;
use shared::money::Money;

use crate::format;
use crate::i18n::Text;

/// What a part of the bar stands for; the same hue everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// Agreed and signed.
    Committed,
    /// Approved, not signed.
    Reserved,
    /// What this page is about.
    This,
    /// Paid out.
    Paid,
    /// Still free.
    Left,
}

impl PartKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Reserved => "reserved",
            Self::This => "this",
            Self::Paid => "paid",
            Self::Left => "left",
        }
    }
}

/// One part of the bar.
#[derive(Clone)]
pub struct Part {
    /// What it is.
    pub label: Text,
    /// How much.
    pub amount: Money,
    /// Which hue.
    pub kind: PartKind,
    /// The address of the rows that it sums.
    pub href: Option<String>,
}

/// The bar's width in its own units.
const WIDTH: i128 = 1000;

/// A part's share of the whole, in units of the bar.
fn share(part: Money, whole: i128) -> i128 {
    if whole <= 0 { 0 } else { (i128::from(part.minor().max(0)) * WIDTH / whole).min(WIDTH) }
}

/// A bar over a whole amount with its parts in order, and the same as a table beneath, which is
/// what screen readers get.
#[component]
pub fn Bar(
    /// What the whole is.
    #[prop(into)]
    label: Text,
    /// The whole.
    total: Money,
    /// The parts, in order.
    parts: Vec<Part>,
) -> impl IntoView {
    let sum: i128 = parts.iter().map(|p| i128::from(p.amount.minor().max(0))).sum();
    let whole = sum.max(i128::from(total.minor()));
    let mut x = 0;
    let rects = parts
        .iter()
        .map(|part| {
            let width = share(part.amount, whole);
            let left = x;
            x += width;
            view! { <rect x=left.to_string() y="0" width=width.to_string() height="20" class=part.kind.class()/> }
                .into_any()
        })
        .collect_view();
    let rows = parts
        .into_iter()
        .map(|part| {
            let amount = Text::new(move || format::money(part.amount));
            let amount = match part.href {
                Some(href) => view! { <a class="amount" href=href>{amount}</a> }.into_any(),
                None => view! { {amount} }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row"><span class=format!("swatch {}", part.kind.class()) aria-hidden="true"></span>{part.label}</th>
                    <td class="number">{amount}</td>
                </tr>
            }
            .into_any()
        })
        .collect_view();
    view! {
        <figure class="bar">
            <svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">{rects}</svg>
            <table>
                <caption>
                    {label.clone()}" "<strong class="amount">{Text::new(move || format::money(total))}</strong>
                </caption>
                <tbody>{rows}</tbody>
            </table>
        </figure>
    }
}
