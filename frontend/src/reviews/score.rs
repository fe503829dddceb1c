//! Scoring: the proposal and the sheet side by side, saved as one goes.

use leptos::prelude::*;
use shared::calls::{Criterion, Rubric};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::ReviewId;
use shared::money::Money;
use shared::problem::{Code, FieldError};
use shared::reviews::{GetSheet, Light, ReviewState, SaveSheet, Score, Sheet, SheetView, SubmitSheet};
use wasm_bindgen::JsCast;

use super::reading::reading;
use super::{bilingual, call_title, review_badge};
use crate::api::{self, ApiError};
use crate::components::{
    Button, ButtonKind, Crumb, Dialog, FormBox, MoneyInput, Notice, Page, RadioGroup, SaveState, Saved, TextArea, Tone,
    money_from, toast,
};
use crate::form::Form;
use crate::i18n::{Text, t, word};
use crate::load::{Load, Loader, load};
use crate::proposals::autosave::{Autosave, local_copy};
use crate::routes::Path;
use crate::{format, router};

/// One review: to be written while accepted, to be read once submitted.
pub fn review_page(review_id: ReviewId) -> AnyView {
    let view = load(move || async move { api::call(&GetSheet { review_id }, &Nothing {}, &Nothing {}).await });
    // Not declared yet (K1): that comes first, and leads back here.
    Effect::new(move |_| {
        let proposal = view.state().with(|state| match state {
            Load::Failed(ApiError::Problem(problem)) if problem.code == Code::DeclarationRequired => {
                problem.params.get("proposal_id")?.parse().ok()
            }
            _ => None,
        });
        if let Some(proposal) = proposal {
            router::replace(&Path::ProposalDeclaration(proposal));
        }
    });
    // Before there is a sheet, or instead of it, the page still has its frame.
    let content = move || {
        if view.with(|_| ()).is_some() {
            return view.view(|sheet| untrack(|| show(sheet, view)));
        }
        view! {
            <Page title=t("review-sheet") crumbs=vec![Crumb(t("reviews-title"), Path::Reviews)]>
                {untrack(|| view.view(|_| ().into_any()))}
            </Page>
        }
        .into_any()
    };
    view! { {content} }.into_any()
}

fn show(view: &SheetView, loader: Loader<SheetView>) -> AnyView {
    let proposal_id = view.proposal.id;
    let conflict = format!("{}?next={}", Path::ProposalDeclaration(proposal_id), Path::Review(view.id));
    let (number, call, state, due_on) = (view.proposal.number.clone(), call_title(&view.call), view.state, view.due_on);
    let lead = move || {
        let due = crate::t!("review-due-on", date = due_on);
        view! { <p class="muted">{number.clone()}" · "{call.clone()}" · "{due}" "{review_badge(state)}</p> }
    };
    let help = RwSignal::new(false);
    let form = if view.state == ReviewState::Accepted {
        view! { <Writing view=view.clone() loader/> }.into_any()
    } else {
        written(view)
    };
    view! {
        <div
            on:keydown=move |event| {
                if event.key() == "?" && !is_typing(&event) {
                    help.set(true);
                }
            }
        >
            <Page
                title=view.proposal.title.clone()
                crumbs=vec![Crumb(t("reviews-title"), Path::Reviews)]
                wide=true
                lead
                action=move || {
                    let conflict = conflict.clone();
                    view! {
                        <a class="button" href=conflict>{t("review-conflict")}</a>
                        " "
                        <Button label=t("keys-show") kind=ButtonKind::Quiet on_press=move |()| help.set(true)/>
                    }
                }
            >
                <div class="review-split">
                    <section class="review-reading" aria-label=t("review-proposal") tabindex="0">{reading(proposal_id)}</section>
                    <section class="review-form" aria-label=t("review-sheet")><h2>{t("review-sheet")}</h2>{form}</section>
                </div>
                <Dialog open=help title=t("keys-title")>
                    <dl class="definitions">
                        <div><dt><kbd>"?"</kbd></dt><dd>{t("keys-help")}</dd></div>
                        <div><dt><kbd>"0"</kbd>" – "<kbd>"5"</kbd></dt><dd>{t("keys-score")}</dd></div>
                        <div><dt><kbd>"Tab"</kbd></dt><dd>{t("keys-tab")}</dd></div>
                        <div><dt><kbd>"Esc"</kbd></dt><dd>{t("keys-escape")}</dd></div>
                    </dl>
                </Dialog>
            </Page>
        </div>
    }
    .into_any()
}

/// Whether a key goes into a text, where it must stay a letter.
fn is_typing(event: &leptos::ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| {
        let tag = element.tag_name();
        tag == "TEXTAREA"
            || tag == "SELECT"
            || (tag == "INPUT" && element.get_attribute("type").as_deref() != Some("radio"))
    })
}

/// A criterion's key, its score and its comment, as typed.
type Typed = (String, RwSignal<String>, RwSignal<String>);

/// What is typed into the sheet, as texts.
#[derive(Clone, Copy)]
struct Draft {
    scores: StoredValue<Vec<Typed>>,
    strengths: RwSignal<String>,
    weaknesses: RwSignal<String>,
    light: RwSignal<String>,
    suggested: RwSignal<String>,
}

impl Draft {
    fn new(rubric: &Rubric, sheet: &Sheet) -> Self {
        let score = |criterion: &Criterion| {
            let found = sheet.scores.iter().find(|s| s.criterion == criterion.key);
            let score = found.and_then(|s| s.score).map(|s| s.to_string()).unwrap_or_default();
            let comment = found.map(|s| s.comment.clone()).unwrap_or_default();
            (criterion.key.clone(), RwSignal::new(score), RwSignal::new(comment))
        };
        Self {
            scores: StoredValue::new(rubric.criteria.iter().map(score).collect()),
            strengths: RwSignal::new(sheet.strengths.clone()),
            weaknesses: RwSignal::new(sheet.weaknesses.clone()),
            light: RwSignal::new(sheet.light.map(|l| l.as_str().to_owned()).unwrap_or_default()),
            suggested: RwSignal::new(sheet.suggested.map(Money::amount).unwrap_or_default()),
        }
    }

    /// The sheet as it stands, followed. An amount that cannot be read is none.
    fn sheet(self) -> Sheet {
        let scores = self.scores.with_value(|scores| {
            let score = |(criterion, score, comment): &Typed| Score {
                criterion: criterion.clone(),
                score: score.get().parse().ok(),
                comment: comment.get(),
            };
            scores.iter().map(score).collect()
        });
        Sheet {
            scores,
            strengths: self.strengths.get(),
            weaknesses: self.weaknesses.get(),
            light: Light::parse(&self.light.get()),
            suggested: money_from(&self.suggested.get(), Currency::EUR).ok(),
        }
    }

    /// What is wrong with the amount as it is typed.
    fn amount_error(self) -> Option<FieldError> {
        let text = self.suggested.get_untracked();
        if text.trim().is_empty() {
            return None;
        }
        money_from(&text, Currency::EUR).err().map(|code| FieldError::new("/suggested", code))
    }
}

#[component]
fn Writing(view: SheetView, loader: Loader<SheetView>) -> impl IntoView {
    let form = Form::new();
    let review_id = view.id;
    let key = format!("sheet-{review_id}");
    // What was typed here and never reached the server comes first.
    let confirmed = Sheet { scores: in_order(&view.rubric, &view.sheet), ..view.sheet.clone() };
    let local = local_copy(&key).filter(|copy| copy.version == view.version);
    let start = local.and_then(|copy| serde_json::from_str(&copy.text).ok()).unwrap_or_else(|| confirmed.clone());
    let draft = Draft::new(&view.rubric, &start);
    let version = StoredValue::new(view.version);
    let value = Signal::derive(move || serde_json::to_string(&draft.sheet()).unwrap_or_default());
    let confirmed = serde_json::to_string(&confirmed).unwrap_or_default();
    let saving = Autosave::new(key.clone(), view.version, confirmed, None, value, move |text, at| async move {
        let sheet: Sheet = serde_json::from_str(&text).unwrap_or_default();
        let saved = api::call_if_match(&SaveSheet { review_id }, &Nothing {}, &sheet, at).await?;
        let _ = version.try_set_value(saved.version);
        Ok((saved.version, saved.saved_at))
    });
    let (rubric, rules, requested, next_id) =
        (view.rubric.clone(), view.rules.clone(), view.proposal.requested, view.next_id);
    let total = {
        let rubric = rubric.clone();
        Text::new(move || {
            draft.sheet().total_so_far(&rubric).map(|t| format::decimal(&t.two_decimals())).unwrap_or_default()
        })
    };
    let to_next = RwSignal::new(false);
    let submit = {
        let rubric = rubric.clone();
        Callback::new(move |()| {
            let sheet = untrack(|| draft.sheet());
            let mut errors = sheet.errors(&rubric, &rules, requested);
            if let Some(error) = draft.amount_error() {
                errors.retain(|e| e.pointer != "/suggested");
                errors.push(error);
            }
            if !form.check(errors) {
                return;
            }
            let key = key.clone();
            form.submit(async move {
                let after =
                    api::call_if_match(&SubmitSheet { review_id }, &Nothing {}, &sheet, version.get_value()).await?;
                crate::browser::forget(&key);
                toast(t("review-submitted-toast"));
                match after.next_id.filter(|_| to_next.get_untracked()) {
                    Some(next) => router::go(&Path::Review(next)),
                    None => loader.set(after),
                }
                Ok(())
            });
        })
    };
    // What is typed is saved first, so that submitting stands on the version that this page made.
    let waits = RwSignal::new(false);
    let send = Callback::new(move |()| {
        saving.flush();
        waits.set(true);
    });
    Effect::new(move |_| {
        if waits.get() && saving.state.get() != Saved::Saving {
            waits.set(false);
            submit.run(());
        }
    });
    // Made inside the form, so that each field finds its errors there.
    let criteria = move || {
        let one = |(i, criterion)| criterion_view(i, criterion, draft, rubric.scale_max);
        rubric.criteria.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    let stale = move || {
        saving.is_stale.get().then(|| {
            view! {
                <Notice tone=Tone::Attention title=t("review-stale")>
                    <p>{t("review-stale-text")}</p>
                    <Button label=t("review-reload") on_press=move |()| loader.reload()/>
                </Notice>
            }
            .into_any()
        })
    };
    let lights =
        Light::ALL.iter().map(|l| (l.as_str().to_owned(), word("light", l.as_str()), None)).collect::<Vec<_>>();
    view! {
        <div class="review-total" role="status">
            <strong>{t("review-total")}" "{total}" / 100"</strong>
            " "
            <SaveState state=Signal::derive(move || saving.state.get())/>
        </div>
        {stale}
        <FormBox form submit=t("review-submit") on_submit=send>
            {criteria()}
            <TextArea pointer="/strengths" label=t("review-strengths") value=draft.strengths lines=4/>
            <TextArea pointer="/weaknesses" label=t("review-weaknesses") value=draft.weaknesses lines=4/>
            <RadioGroup pointer="/light" label=t("review-light") value=draft.light options=lights/>
            <MoneyInput
                pointer="/suggested"
                label=t("review-suggested")
                hint=crate::t!("review-suggested-hint", max = requested)
                value=draft.suggested
                currency=Signal::derive(|| Currency::EUR)
            />
            <div hidden=next_id.is_none()>
                <crate::components::Checkbox pointer="/next" label=t("review-then-next") value=to_next/>
            </div>
            <p class="muted">{t("review-submit-explain")}</p>
        </FormBox>
    }
}

/// A criterion: its anchors as choices, none chosen beforehand, and the comment.
fn criterion_view(i: usize, criterion: &Criterion, draft: Draft, scale_max: i64) -> AnyView {
    let Some((score, comment)) = draft.scores.with_value(|s| s.get(i).map(|(_, score, comment)| (*score, *comment)))
    else {
        return ().into_any();
    };
    let name = bilingual(&criterion.label);
    let weight = criterion.weight;
    let heading = name.clone();
    let label = crate::t!("review-criterion", name = heading, weight = weight);
    let options = (0..=scale_max)
        .zip(criterion.anchors.iter().map(Some).chain(std::iter::repeat(None)))
        .map(|(value, anchor)| (value.to_string(), Text::from(value.to_string()), anchor.map(bilingual)))
        .collect::<Vec<_>>();
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if is_typing(&event) || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        if event.key().parse::<i64>().is_ok_and(|n| (0..=scale_max).contains(&n)) {
            score.set(event.key());
        }
    };
    view! {
        <div class="review-criterion" on:keydown=keys>
            <RadioGroup pointer=format!("/scores/{i}/score") label value=score options/>
            <TextArea
                pointer=format!("/scores/{i}/comment")
                label=crate::t!("review-comment", name = name)
                hint=t("review-comment-hint")
                value=comment
                lines=2
                optional=true
            />
        </div>
    }
    .into_any()
}

/// The scores in the rubric's order, one for each criterion: what the form makes of them.
fn in_order(rubric: &Rubric, sheet: &Sheet) -> Vec<Score> {
    let score = |criterion: &Criterion| {
        let found = sheet.scores.iter().find(|s| s.criterion == criterion.key).cloned();
        found.unwrap_or_else(|| Score { criterion: criterion.key.clone(), score: None, comment: String::new() })
    };
    rubric.criteria.iter().map(score).collect()
}

/// A sheet that is submitted, to be read.
fn written(view: &SheetView) -> AnyView {
    let total = view.total.map(|total| {
        let at = view.submitted_at;
        view! {
            <Notice tone=Tone::Good title=t("review-is-submitted")>
                <p>
                    <strong>{t("review-total-final")}" "{Text::new(move || format::decimal(&total.two_decimals()))}" / 100"</strong>
                    {at.map(|at| view! { " · "{Text::new(move || format::instant(at))} }.into_any())}
                </p>
                <p>{t("review-blind")}</p>
            </Notice>
        }
        .into_any()
    });
    let next = view.next_id.map(|next| {
        view! { <p><a class="button primary" href=Path::Review(next).to_string()>{t("review-next")}</a></p> }.into_any()
    });
    view! { {total}{next}{sheet_view(&view.rubric, &view.sheet)} }.into_any()
}

/// A sheet to be read.
pub fn sheet_view(rubric: &Rubric, sheet: &Sheet) -> AnyView {
    let rows = in_order(rubric, sheet).into_iter().zip(&rubric.criteria).map(|(score, criterion)| {
        let given = score.score.map(|s| s.to_string()).unwrap_or_default();
        let anchor = score
            .score
            .and_then(|s| usize::try_from(s).ok())
            .and_then(|s| criterion.anchors.get(s))
            .map(|anchor| view! { <div class="muted">{bilingual(anchor)}</div> }.into_any());
        view! {
            <tr>
                <th scope="row">{bilingual(&criterion.label)}</th>
                <td class="number">{given}</td>
                <td>{score.comment}{anchor}</td>
            </tr>
        }
        .into_any()
    });
    let light = sheet.light.map(|light| {
        view! { <p><strong>{t("review-light")}</strong>" "{word("light", light.as_str())}</p> }.into_any()
    });
    let suggested = sheet.suggested.map(|amount| {
        view! { <p><strong>{t("review-suggested")}</strong>" "{Text::new(move || format::money(amount))}</p> }
            .into_any()
    });
    view! {
        <div class="table-scroll" role="region" tabindex="0" aria-label=t("review-criteria-scores")>
            <table class="review-sheet">
                <thead>
                    <tr>
                        <th scope="col">{t("review-criteria")}</th>
                        <th scope="col" class="number">{t("review-score")}</th>
                        <th scope="col">{t("review-comment-short")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <h3>{t("review-strengths")}</h3>
        <p class="prose">{sheet.strengths.clone()}</p>
        <h3>{t("review-weaknesses")}</h3>
        <p class="prose">{sheet.weaknesses.clone()}</p>
        {light}
        {suggested}
    }
    .into_any()
}
