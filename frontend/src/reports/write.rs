//! Writing a report: saved as it is typed, so that no word is lost, and handed in when it is whole.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::AgreementId;
use shared::money::Money;
use shared::problem::{Code, FieldError, Problem};
use shared::reports::{GetReport, LineDraft, Report, ReportDraft, SaveReport, ShiftBand, SubmitReport, shift_band};

use crate::amendments;
use crate::api::{self, ApiError};
use crate::calls::category as category_name;
use crate::clock;
use crate::components::{
    Button, ConfirmButton, Failure, FormBox, MoneyInput, Notice, SaveState, TextArea, TextInput, Tone, money_from,
    toast,
};
use crate::form::Form;
use crate::fund::read_money;
use crate::i18n::{Text, t};
use crate::load::Loader;
use crate::proposals::autosave::{Autosave, local_copy};

/// What a report has, as texts: for each category an amount and a note, at the end what was done.
fn texts(report: &Report) -> Vec<String> {
    let cells = report.lines.iter().flat_map(|line| {
        // Nothing spent is an empty field.
        let amount = if line.reported.is_positive() { line.reported.amount() } else { String::new() };
        [amount, line.note.clone()]
    });
    cells.chain([report.narrative.clone()]).collect()
}

fn encoded(cells: &[String]) -> String {
    serde_json::to_string(cells).unwrap_or_default()
}

/// The fields of a report, as typed.
#[derive(Clone, Copy)]
struct Sheet {
    currency: Currency,
    categories: StoredValue<Vec<String>>,
    cells: StoredValue<Vec<RwSignal<String>>>,
}

impl Sheet {
    fn new(report: &Report, start: &[String]) -> Self {
        Self {
            currency: report.summary.reported.currency(),
            categories: StoredValue::new(report.lines.iter().map(|line| line.category.clone()).collect()),
            cells: StoredValue::new(start.iter().cloned().map(RwSignal::new).collect()),
        }
    }

    fn cell(self, at: usize) -> RwSignal<String> {
        self.cells.with_value(|cells| cells.get(at).copied()).unwrap_or_default()
    }

    fn narrative(self) -> RwSignal<String> {
        self.cells.with_value(|cells| cells.last().copied()).unwrap_or_default()
    }

    /// All of it as one text, followed.
    fn text(self) -> String {
        let cells: Vec<String> = self.cells.with_value(|cells| cells.iter().map(Get::get).collect());
        encoded(&cells)
    }

    /// Puts a saved report in the place of what is typed.
    fn show(self, report: &Report) {
        self.cells.with_value(|cells| {
            for (cell, text) in cells.iter().zip(texts(report)) {
                cell.set(text);
            }
        });
    }

    /// What was spent in all, followed; what cannot be read counts as nothing.
    fn total(self) -> Money {
        let lines = self.categories.with_value(Vec::len);
        let amounts = (0..lines).filter_map(|line| money_from(&self.cell(2 * line).get(), self.currency).ok());
        Money::sum(self.currency, amounts).unwrap_or(Money::zero(self.currency))
    }

    /// The report as it stands, or what is wrong with it.
    fn read(self) -> Result<ReportDraft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let cell = |at: usize| self.cell(at).get_untracked();
        let line = |(at, category): (usize, &String)| {
            let text = cell(2 * at);
            let reported = if text.trim().is_empty() {
                Money::zero(self.currency)
            } else {
                read_money(&mut errors, &format!("/lines/{at}/reported"), &text, self.currency)
            };
            LineDraft { category: category.clone(), reported, note: cell(2 * at + 1).trim().to_owned() }
        };
        let lines: Vec<_> = self.categories.with_value(|categories| categories.iter().enumerate().map(line).collect());
        let draft = ReportDraft { narrative: self.narrative().get_untracked(), lines };
        if errors.is_empty() {
            errors = self.categories.with_value(|categories| {
                let categories: Vec<&str> = categories.iter().map(String::as_str).collect();
                draft.errors(&categories, self.currency)
            });
        }
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }
}

/// The recipient's form: what was spent in each category, and what was done.
pub(super) fn form(report: &Report, loader: Loader<Report>) -> AnyView {
    let form = Form::new();
    let report_id = report.summary.id;
    let key = format!("report-{report_id}");
    let confirmed = texts(report);
    // What was typed here and never reached the server comes first.
    let local = local_copy(&key).filter(|copy| copy.version == report.version);
    let kept: Option<Vec<String>> = local.and_then(|copy| serde_json::from_str(&copy.text).ok());
    let start = kept.filter(|kept| kept.len() == confirmed.len()).unwrap_or_else(|| confirmed.clone());
    let sheet = Sheet::new(report, &start);
    let version = StoredValue::new(report.version);
    let value = Signal::derive(move || sheet.text());
    let saving = Autosave::new(key, report.version, encoded(&confirmed), None, value, move |_, at| {
        let draft = sheet.read();
        async move {
            let draft = draft.map_err(|errors| ApiError::Problem(Problem { errors, ..Problem::new(Code::Invalid) }))?;
            let saved = api::call_if_match(&SaveReport { report_id }, &Nothing {}, &draft, at).await?;
            let _ = version.try_set_value(saved.version);
            Ok((saved.version, clock::now()))
        }
    });
    let save = Callback::new(move |()| match sheet.read() {
        Ok(_) => {
            form.check(Vec::new());
            saving.flush();
        }
        Err(errors) => {
            form.check(errors);
        }
    });
    let hand_in = Callback::new(move |()| {
        let draft = match sheet.read() {
            Ok(draft) => draft,
            Err(errors) => {
                form.check(errors);
                return;
            }
        };
        form.submit(async move {
            let at = version.get_value();
            let saved = api::call_if_match(&SaveReport { report_id }, &Nothing {}, &draft, at).await?;
            version.set_value(saved.version);
            saving.resolve(saved.version, sheet.text());
            let done = api::call_if_match(&SubmitReport { report_id }, &Nothing {}, &Nothing {}, saved.version).await?;
            toast(t("step-done"));
            loader.set(done);
            Ok(())
        });
    });
    let label = Text::new(move || {
        let total = sheet.total();
        crate::t!("report-submit", amount = total).get()
    });
    let currency = sheet.currency;
    let (lines, agreement_id) = (report.lines.clone(), report.agreement_id);
    // Made inside the form's box, where its fields find their errors.
    let fields = move || {
        let field = |(at, line): (usize, &shared::reports::ReportLine)| {
            let (planned, before) = (line.planned, line.before);
            view! {
                <fieldset class="tranche">
                    <legend>{category_name(&line.category)}</legend>
                    <div class="row">
                        <MoneyInput
                            pointer=format!("/lines/{at}/reported")
                            label=t("report-spent")
                            hint=crate::t!("report-line-hint", planned = planned, before = before)
                            value=sheet.cell(2 * at)
                            currency=Signal::derive(move || currency)
                            optional=true
                        />
                        <TextInput pointer=format!("/lines/{at}/note") label=t("report-note") value=sheet.cell(2 * at + 1) optional=true/>
                    </div>
                    <div role="status">{too_large(line.category.clone(), planned, before, sheet.cell(2 * at), agreement_id, currency)}</div>
                </fieldset>
            }
            .into_any()
        };
        lines.iter().enumerate().map(field).collect_view()
    };
    view! {
        <h2>{t("report-lines")}</h2>
        <p class="muted">{crate::t!("report-lines-hint", currency = currency.code())}" "<SaveState state=saving.state/></p>
        {move || refused(saving)}
        {stale(report_id, saving, sheet, version)}
        <FormBox form submit=t("report-save") on_submit=save>
            {fields()}
            <TextArea pointer="/narrative" label=t("report-narrative") value=sheet.narrative() optional=true/>
        </FormBox>
        <div class="actions"><ConfirmButton label explain=t("report-submit-explain") on_confirm=hand_in/></div>
    }
    .into_any()
}

/// That a category grows by more than a report can bear, as it is typed, and the way to an amendment (M40). Where the
/// recipient reports in another currency the rate decides, once there is one.
fn too_large(
    category: String,
    planned: Money,
    before: Money,
    typed: RwSignal<String>,
    agreement_id: AgreementId,
    currency: Currency,
) -> impl IntoView {
    let is_too_large = Memo::new(move |_| {
        if currency != planned.currency() {
            return false;
        }
        let spent = typed.with(|text| money_from(text, currency)).and_then(|spent| before.checked_add(spent));
        spent.is_ok_and(|in_all| shift_band(&category, planned, in_all) >= ShiftBand::Amendment)
    });
    move || is_too_large.get().then(|| amendments::needed(agreement_id))
}

/// Why the last try was refused; unreadable amounts stay on this device until they are mended.
fn refused(saving: Autosave) -> Option<AnyView> {
    let error = saving.error.get().filter(|_| !saving.is_stale.get())?;
    if error.code() == Some(Code::Invalid) {
        return Some(view! { <Notice tone=Tone::Attention><p>{t("budget-unsaved")}</p></Notice> }.into_any());
    }
    Some(view! { <Failure error retry=Callback::new(move |()| saving.flush())/> }.into_any())
}

/// Somebody saved the report meanwhile: keep one of the two.
fn stale(report_id: shared::ids::ReportId, saving: Autosave, sheet: Sheet, version: StoredValue<i64>) -> AnyView {
    let theirs = RwSignal::new(None::<Report>);
    Effect::new(move |_| {
        if saving.is_stale.get() && theirs.with_untracked(Option::is_none) {
            spawn_local(async move {
                match api::call(&GetReport { report_id }, &Nothing {}, &Nothing {}).await {
                    Ok(report) => {
                        let _ = theirs.try_set(Some(report));
                    }
                    Err(error) => toast(error.text().into()),
                }
            });
        }
    });
    let choose = move |is_mine: bool| {
        let Some(report) = theirs.get_untracked() else { return };
        theirs.set(None);
        version.set_value(report.version);
        if !is_mine {
            sheet.show(&report);
        }
        saving.resolve(report.version, encoded(&texts(&report)));
    };
    (move || {
        theirs.with(Option::is_some).then(|| {
            view! {
                <Notice tone=Tone::Attention title=t("report-stale")>
                    <p>{t("report-stale-hint")}</p>
                    <div class="actions">
                        <Button label=t("merge-keep-mine") on_press=move |()| choose(true)/>
                        <Button label=t("merge-take-theirs") on_press=move |()| choose(false)/>
                    </div>
                </Notice>
            }
            .into_any()
        })
    })
    .into_any()
}
