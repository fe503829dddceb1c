//! Editing what a call asks, scores and allows.

use leptos::prelude::*;
use shared::calls::{
    Bilingual, BudgetRules, CATEGORIES, CallCurrency, ConceptRules, Criterion, Definition, GrantRules, LocalTime,
    Question, ReviewRules, Rubric, Section, VoteRules, is_country_code,
};
use shared::currency::Currency;
use shared::money::{BasisPoints, Rate};
use shared::people::Language;
use shared::problem::{Code, FieldError};

use super::edit::{Both, short_time, take};
use super::show::category;
use crate::api::ApiError;
use crate::components::{
    Button, ButtonKind, Checkbox, DateInput, MoneyInput, RadioGroup, TextInput, money_from, normalise_amount,
};
use crate::form::{Form, field_id};
use crate::i18n::{Text, t, word};

#[derive(Clone, Copy)]
struct CurrencyForm {
    currency: RwSignal<String>,
    rate: RwSignal<String>,
}

#[derive(Clone)]
struct SectionForm {
    key: String,
    title: Both,
    questions: RwSignal<Vec<QuestionForm>>,
    is_open: RwSignal<bool>,
}

#[derive(Clone)]
struct QuestionForm {
    key: String,
    label: Both,
    hint: Both,
    max_words: RwSignal<String>,
    is_required: RwSignal<bool>,
    is_open: RwSignal<bool>,
}

#[derive(Clone)]
struct CriterionForm {
    key: String,
    label: Both,
    weight: RwSignal<String>,
    minimum: RwSignal<String>,
    anchors: Vec<Both>,
    is_open: RwSignal<bool>,
}

/// A definition, being edited.
#[derive(Clone, Copy)]
pub(super) struct DefinitionForm {
    form: Form,
    about: Both,
    eligibility: Both,
    languages: StoredValue<Vec<(Language, RwSignal<bool>)>>,
    countries: RwSignal<String>,
    currencies: RwSignal<Vec<CurrencyForm>>,
    sections: RwSignal<Vec<SectionForm>>,
    scale_max: i64,
    criteria: RwSignal<Vec<CriterionForm>>,
    categories: StoredValue<Vec<(&'static str, RwSignal<bool>)>>,
    min_grant: RwSignal<String>,
    max_grant: RwSignal<String>,
    /// `two` in a call with two stages.
    stages: RwSignal<String>,
    concepts_close: RwSignal<String>,
    concept_words: RwSignal<String>,
    tolerance: RwSignal<String>,
    /// Numbers and shares by their place in the definition.
    numbers: StoredValue<Vec<(&'static str, RwSignal<String>)>>,
}

/// The values of [`DefinitionForm::stages`].
const ONE: &str = "one";
const TWO: &str = "two";

/// Numbers, in the order in which they are shown: the place, its name's text, its unit's text.
const NUMBERS: &[(&str, &str, &str)] = &[
    ("budget/max_months", "rule-max-months", "rule-unit-months"),
    ("budget/indirect_cap", "rule-indirect-cap", "rule-unit-percent"),
    ("budget/contingency_cap", "rule-contingency-cap", "rule-unit-percent"),
    ("budget/cofunding_min", "rule-cofunding-min", "rule-unit-percent"),
    ("budget/in_kind_counts_up_to", "rule-in-kind-counts-up-to", "rule-unit-percent"),
    ("review/min_sheets", "rule-min-sheets", "rule-unit-count"),
    ("review/min_tag_sheets", "rule-min-tag-sheets", "rule-unit-count"),
    ("review/fundable_min", "rule-fundable-min", "rule-unit-points"),
    ("review/divergence_percent", "rule-divergence-percent", "rule-unit-percent"),
    ("review/extreme_scores", "rule-extreme-scores", "rule-unit-list"),
    ("vote/min_business_days", "rule-min-business-days", "rule-unit-business-days"),
    ("vote/reservation_days", "rule-reservation-days", "rule-unit-days"),
    ("grant/first_tranche_cap", "rule-first-tranche-cap", "rule-unit-percent"),
    ("grant/retention_min", "rule-retention-min", "rule-unit-percent"),
];

fn signal(value: impl ToString) -> RwSignal<String> {
    RwSignal::new(value.to_string())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Code> {
    match text.trim() {
        "" => Err(Code::Required),
        text => text.parse().map_err(|_| Code::WrongType),
    }
}

fn share(text: &str) -> Result<BasisPoints, Code> {
    match text.trim() {
        "" => Err(Code::Required),
        text => BasisPoints::parse(&normalise_amount(text)),
    }
}

fn list(text: &str) -> Result<Vec<i64>, Code> {
    words(text).map(number).collect()
}

/// The entries of a list that is typed with commas or spaces.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|w| !w.is_empty())
}

/// Opens whatever hides an element, then gives it the focus.
pub(super) fn reveal(id: &str) {
    let mut around = document().get_element_by_id(id).and_then(|e| e.closest("details").ok().flatten());
    while let Some(details) = around {
        let _ = details.set_attribute("open", "");
        around = details.parent_element().and_then(|e| e.closest("details").ok().flatten());
    }
    crate::browser::focus(id);
}

impl SectionForm {
    fn new(section: &Section) -> Self {
        Self {
            key: section.key.clone(),
            title: Both::new(&section.title),
            questions: RwSignal::new(section.questions.iter().map(QuestionForm::new).collect()),
            is_open: RwSignal::new(section.title.en.is_empty()),
        }
    }
}

impl QuestionForm {
    fn new(question: &Question) -> Self {
        Self {
            key: question.key.clone(),
            label: Both::new(&question.label),
            hint: Both::new(&question.hint),
            max_words: signal(question.max_words),
            is_required: RwSignal::new(question.is_required),
            is_open: RwSignal::new(question.label.en.is_empty()),
        }
    }
}

impl CriterionForm {
    fn new(criterion: &Criterion) -> Self {
        Self {
            key: criterion.key.clone(),
            label: Both::new(&criterion.label),
            weight: signal(criterion.weight),
            minimum: signal(criterion.minimum.map(|m| m.to_string()).unwrap_or_default()),
            anchors: criterion.anchors.iter().map(Both::new).collect(),
            is_open: RwSignal::new(criterion.label.en.is_empty()),
        }
    }
}

/// The first `prefix` with a number that is no key yet.
fn fresh_key(prefix: &str, taken: &[String]) -> String {
    let mut n = taken.len() + 1;
    loop {
        let key = format!("{prefix}_{n}");
        if !taken.contains(&key) {
            return key;
        }
        n += 1;
    }
}

impl DefinitionForm {
    /// Over a definition; `form` knows the errors.
    pub(super) fn new(d: &Definition, form: Form) -> Self {
        let numbers = [
            d.budget.max_months.to_string(),
            d.budget.indirect_cap.to_string(),
            d.budget.contingency_cap.to_string(),
            d.budget.cofunding_min.to_string(),
            d.budget.in_kind_counts_up_to.to_string(),
            d.review.min_sheets.to_string(),
            d.review.min_tag_sheets.to_string(),
            d.review.fundable_min.to_string(),
            d.review.divergence_percent.to_string(),
            d.review.extreme_scores.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            d.vote.min_business_days.to_string(),
            d.vote.reservation_days.to_string(),
            d.grant.first_tranche_cap.to_string(),
            d.grant.retention_min.to_string(),
        ];
        let numbers = NUMBERS.iter().zip(numbers).map(|((place, ..), value)| (*place, RwSignal::new(value))).collect();
        let currency = |c: &CallCurrency| CurrencyForm { currency: signal(c.currency), rate: signal(c.budget_rate) };
        // What a first stage starts with, should one be chosen.
        let concept = d.concept.as_ref();
        let at = concept.map(|c| c.closes_local);
        let listed = |key: &str| d.budget.categories.iter().any(|c| c == key);
        Self {
            form,
            about: Both::new(&d.about),
            eligibility: Both::new(&d.eligibility),
            languages: StoredValue::new(
                Language::ALL.iter().map(|l| (*l, RwSignal::new(d.languages.contains(l)))).collect(),
            ),
            countries: RwSignal::new(d.countries.join(", ")),
            currencies: RwSignal::new(d.currencies.iter().map(currency).collect()),
            sections: RwSignal::new(d.sections.iter().map(SectionForm::new).collect()),
            scale_max: d.rubric.scale_max,
            criteria: RwSignal::new(d.rubric.criteria.iter().map(CriterionForm::new).collect()),
            categories: StoredValue::new(CATEGORIES.iter().map(|key| (*key, RwSignal::new(listed(key)))).collect()),
            min_grant: RwSignal::new(d.budget.min_grant.amount()),
            max_grant: RwSignal::new(d.budget.max_grant.amount()),
            stages: signal(if at.is_some() { TWO } else { ONE }),
            concepts_close: signal(at.map(short_time).unwrap_or_default()),
            concept_words: signal(concept.map_or(ConceptRules::MAX_WORDS, |c| c.max_words)),
            tolerance: signal(concept.map_or(ConceptRules::TOLERANCE, |c| c.tolerance)),
            numbers: StoredValue::new(numbers),
        }
    }

    fn text(self, place: &str) -> String {
        self.numbers.with_value(|all| {
            all.iter().find(|(p, _)| *p == place).map(|(_, value)| value.get_untracked()).unwrap_or_default()
        })
    }

    fn take<T>(self, errors: &mut Vec<FieldError>, place: &str, parse: fn(&str) -> Result<T, Code>) -> Option<T> {
        take(errors, &format!("/definition/{place}"), parse(&self.text(place)))
    }

    /// The definition as typed, or errors at the fields that cannot be read.
    pub(super) fn read(self, e: &mut Vec<FieldError>) -> Option<Definition> {
        let countries: Vec<String> =
            self.countries.with_untracked(|text| words(text).map(str::to_ascii_uppercase).collect());
        if !countries.iter().all(|c| is_country_code(c)) {
            e.push(FieldError::new("/definition/countries", Code::NotAChoice));
        }
        let currencies = self.read_currencies(e);
        let sections = self.read_sections(e);
        let criteria = self.read_criteria(e);
        let concept = self.read_concept(e);
        let min_grant = money_from(&self.min_grant.get_untracked(), Currency::EUR);
        let min_grant = take(e, "/definition/budget/min_grant", min_grant);
        let max_grant = money_from(&self.max_grant.get_untracked(), Currency::EUR);
        let max_grant = take(e, "/definition/budget/max_grant", max_grant);
        let max_months = self.take(e, "budget/max_months", number);
        let indirect_cap = self.take(e, "budget/indirect_cap", share);
        let contingency_cap = self.take(e, "budget/contingency_cap", share);
        let cofunding_min = self.take(e, "budget/cofunding_min", share);
        let in_kind_counts_up_to = self.take(e, "budget/in_kind_counts_up_to", share);
        let min_sheets = self.take(e, "review/min_sheets", number);
        let min_tag_sheets = self.take(e, "review/min_tag_sheets", number);
        let fundable_min = self.take(e, "review/fundable_min", number);
        let divergence_percent = self.take(e, "review/divergence_percent", number);
        let extreme_scores = self.take(e, "review/extreme_scores", list);
        let min_business_days = self.take(e, "vote/min_business_days", number);
        let reservation_days = self.take(e, "vote/reservation_days", number);
        let first_tranche_cap = self.take(e, "grant/first_tranche_cap", share);
        let retention_min = self.take(e, "grant/retention_min", share);
        Some(Definition {
            about: self.about.get(),
            eligibility: self.eligibility.get(),
            languages: self.languages.with_value(|all| ticked(all)),
            countries,
            currencies: currencies?,
            sections: sections?,
            rubric: Rubric { scale_max: self.scale_max, criteria: criteria? },
            budget: BudgetRules {
                categories: self.categories.with_value(|all| ticked(all)).into_iter().map(ToOwned::to_owned).collect(),
                indirect_cap: indirect_cap?,
                contingency_cap: contingency_cap?,
                min_grant: min_grant?,
                max_grant: max_grant?,
                max_months: max_months?,
                cofunding_min: cofunding_min?,
                in_kind_counts_up_to: in_kind_counts_up_to?,
            },
            review: ReviewRules {
                min_sheets: min_sheets?,
                min_tag_sheets: min_tag_sheets?,
                fundable_min: fundable_min?,
                divergence_percent: divergence_percent?,
                extreme_scores: extreme_scores?,
            },
            vote: VoteRules { min_business_days: min_business_days?, reservation_days: reservation_days? },
            grant: GrantRules { first_tranche_cap: first_tranche_cap?, retention_min: retention_min? },
            concept: concept?,
        })
    }

    /// The first stage as typed, where the call has one; nothing where it cannot be read.
    fn read_concept(self, e: &mut Vec<FieldError>) -> Option<Option<ConceptRules>> {
        if self.stages.with_untracked(|stages| stages != TWO) {
            return Some(None);
        }
        let at = "/definition/concept";
        let closes = LocalTime::parse(&self.concepts_close.get_untracked());
        let closes_local = take(e, &format!("{at}/closes_local"), closes);
        let max_words = take(e, &format!("{at}/max_words"), number(&self.concept_words.get_untracked()));
        let tolerance = take(e, &format!("{at}/tolerance"), share(&self.tolerance.get_untracked()));
        Some(Some(ConceptRules { closes_local: closes_local?, max_words: max_words?, tolerance: tolerance? }))
    }

    fn read_currencies(self, e: &mut Vec<FieldError>) -> Option<Vec<CallCurrency>> {
        let all = self.currencies.get_untracked();
        let read = all.iter().enumerate().map(|(i, c)| {
            let at = format!("/definition/currencies/{i}");
            let code = c.currency.get_untracked().trim().to_ascii_uppercase();
            let currency = take(e, &format!("{at}/currency"), Currency::parse(&code));
            let rate = Rate::parse(&normalise_amount(&c.rate.get_untracked()));
            let budget_rate = take(e, &format!("{at}/budget_rate"), rate);
            Some(CallCurrency { currency: currency?, budget_rate: budget_rate? })
        });
        read.collect::<Vec<_>>().into_iter().collect()
    }

    fn read_sections(self, e: &mut Vec<FieldError>) -> Option<Vec<Section>> {
        let all = self.sections.get_untracked();
        let read = all.iter().enumerate().map(|(i, section)| {
            let questions = section.questions.get_untracked();
            let questions = questions.iter().enumerate().map(|(n, q)| {
                let at = format!("/definition/sections/{i}/questions/{n}/max_words");
                let max_words = take(e, &at, number(&q.max_words.get_untracked()));
                Some(Question {
                    key: q.key.clone(),
                    label: q.label.get(),
                    hint: q.hint.get(),
                    max_words: max_words?,
                    is_required: q.is_required.get_untracked(),
                })
            });
            let questions: Option<Vec<_>> = questions.collect::<Vec<_>>().into_iter().collect();
            Some(Section { key: section.key.clone(), title: section.title.get(), questions: questions? })
        });
        read.collect::<Vec<_>>().into_iter().collect()
    }

    fn read_criteria(self, e: &mut Vec<FieldError>) -> Option<Vec<Criterion>> {
        let all = self.criteria.get_untracked();
        let read = all.iter().enumerate().map(|(i, c)| {
            let at = format!("/definition/rubric/criteria/{i}");
            let weight = take(e, &format!("{at}/weight"), number(&c.weight.get_untracked()));
            let minimum = c.minimum.get_untracked();
            let minimum = match minimum.trim() {
                "" => Some(None),
                text => take(e, &format!("{at}/minimum"), number(text).map(Some)),
            };
            Some(Criterion {
                key: c.key.clone(),
                label: c.label.get(),
                weight: weight?,
                minimum: minimum?,
                anchors: c.anchors.iter().map(|a| a.get()).collect(),
            })
        });
        read.collect::<Vec<_>>().into_iter().collect()
    }

    /// All fields, below the basics.
    pub(super) fn fields(self) -> AnyView {
        view! {
            {self.about.fields("/definition/about", t("call-about"), 5)}
            {self.eligibility.fields("/definition/eligibility", t("call-eligibility"), 5)}
            {self.stage_fields()}
            <h2>{t("call-who")}</h2>
            {self.language_fields()}
            <TextInput pointer="/definition/countries" label=t("call-countries") hint=t("call-countries-hint") value=self.countries optional=true/>
            <h2>{t("call-money")}</h2>
            {self.currency_fields()}
            {self.budget_fields()}
            <h2 id=field_id("/definition/sections") tabindex="-1">{t("call-questions")}</h2>
            {self.section_fields()}
            <h2 id=field_id("/definition/rubric/criteria") tabindex="-1">{t("call-criteria")}</h2>
            {self.criterion_fields()}
            <h2>{t("call-review")}</h2>
            {self.number_fields("review/")}
            <h2>{t("call-vote-grant")}</h2>
            {self.number_fields("vote/")}
            {self.number_fields("grant/")}
        }
        .into_any()
    }

    /// One stage or two; of the first, until when, how long, and how near the full proposal stays to it (M11).
    fn stage_fields(self) -> AnyView {
        let options = vec![(ONE.to_owned(), t("call-stages-one"), None), (TWO.to_owned(), t("call-stages-two"), None)];
        let first = move || {
            (self.stages.get() == TWO).then(|| {
                view! {
                    <DateInput pointer="/definition/concept/closes_local" label=t("call-concepts-close") value=self.concepts_close with_time=true/>
                    <div class="grid">
                        <TextInput pointer="/definition/concept/max_words" label=t("call-word-limit") value=self.concept_words class="narrow"/>
                        <TextInput pointer="/definition/concept/tolerance" label=t("rule-tolerance") hint=t("rule-unit-percent") value=self.tolerance class="narrow"/>
                    </div>
                }
                .into_any()
            })
        };
        view! {
            <h2>{t("call-stages")}</h2>
            <RadioGroup pointer="/definition/concept" label=t("call-stages") value=self.stages options/>
            {first}
        }
        .into_any()
    }

    fn language_fields(self) -> AnyView {
        let pointer = "/definition/languages";
        self.form.register(pointer, t("call-languages"));
        let boxes = self.languages.with_value(|all| {
            all.iter()
                .map(|(language, value)| {
                    let pointer = format!("{pointer}/{language}");
                    view! { <Checkbox pointer label=word("language", language.as_str()) value=*value/> }.into_any()
                })
                .collect_view()
        });
        view! { <fieldset class="field boxes" id=field_id(pointer) tabindex="-1"><legend>{t("call-languages")}</legend>{boxes}</fieldset> }
            .into_any()
    }

    fn currency_fields(self) -> AnyView {
        let all = self.currencies;
        self.form.register("/definition/currencies", t("call-currencies"));
        let rows = move || {
            let count = all.with(Vec::len);
            all.get()
                .into_iter()
                .enumerate()
                .map(|(i, c)| {
                    let at = format!("/definition/currencies/{i}");
                    let name = Text::new(move || c.currency.get());
                    // The fund's own currency stays first, at 1.
                    let first = Signal::derive(move || i == 0);
                    let tools = (i > 0).then(|| tools(all, i, 1, count, name));
                    view! {
                        <div class="row">
                            <TextInput pointer=format!("{at}/currency") label=t("call-currency") value=c.currency class="narrow" read_only=first/>
                            <TextInput pointer=format!("{at}/budget_rate") label=t("call-budget-rate") value=c.rate class="narrow" read_only=first/>
                            {tools}
                        </div>
                    }
                    .into_any()
                })
                .collect_view()
        };
        let add = move |()| {
            all.update(|all| all.push(CurrencyForm { currency: signal(""), rate: signal("") }));
        };
        view! {
            <fieldset class="field" id=field_id("/definition/currencies") tabindex="-1">
                <legend>{t("call-currencies")}</legend>
                <p class="hint">{t("call-currencies-hint")}</p>
                {rows}
                <Button label=t("call-add-currency") on_press=add/>
            </fieldset>
        }
        .into_any()
    }

    fn budget_fields(self) -> AnyView {
        let pointer = "/definition/budget/categories";
        self.form.register(pointer, t("call-categories"));
        let boxes = self.categories.with_value(|all| {
            all.iter()
                .map(|(key, value)| {
                    view! { <Checkbox pointer=format!("{pointer}/{key}") label=category(key) value=*value/> }.into_any()
                })
                .collect_view()
        });
        let eur = Signal::derive(|| Currency::EUR);
        view! {
            <MoneyInput pointer="/definition/budget/min_grant" label=t("call-min-grant") value=self.min_grant currency=eur/>
            <MoneyInput pointer="/definition/budget/max_grant" label=t("call-max-grant") value=self.max_grant currency=eur/>
            {self.number_fields("budget/")}
            <fieldset class="field boxes" id=field_id(pointer) tabindex="-1"><legend>{t("call-categories")}</legend>{boxes}</fieldset>
        }
        .into_any()
    }

    /// The numbers whose place begins with `group`.
    fn number_fields(self, group: &str) -> AnyView {
        let fields = self.numbers.with_value(|all| {
            all.iter()
                .zip(NUMBERS)
                .filter(|((place, _), _)| place.starts_with(group))
                .map(|((place, value), (_, name, unit))| {
                    let pointer = format!("/definition/{place}");
                    view! { <TextInput pointer label=t(name) hint=t(unit) value=*value class="narrow"/> }.into_any()
                })
                .collect_view()
        });
        view! { <div class="grid">{fields}</div> }.into_any()
    }

    fn section_fields(self) -> AnyView {
        let all = self.sections;
        self.form.register("/definition/sections", t("call-questions"));
        let rows = move || {
            let count = all.with(Vec::len);
            all.get()
                .into_iter()
                .enumerate()
                .map(|(i, section)| {
                    let at = format!("/definition/sections/{i}");
                    let title = section.title;
                    let name = Text::new(move || match title.shown() {
                        text if text.is_empty() => t("call-new-section").get(),
                        text => text,
                    });
                    let questions = section.questions;
                    let add = move |()| {
                        let taken = all.with_untracked(|all| {
                            all.iter()
                                .flat_map(|s| s.questions.get_untracked().into_iter().map(|q| q.key))
                                .collect::<Vec<_>>()
                        });
                        let question = Question {
                            key: fresh_key("question", &taken),
                            label: Bilingual::default(),
                            hint: Bilingual::default(),
                            max_words: 300,
                            is_required: true,
                        };
                        questions.update(|all| all.push(QuestionForm::new(&question)));
                    };
                    let (form, below) = (self.form, format!("{at}/questions"));
                    form.register(&below, name.clone());
                    let id = field_id(&below);
                    let inner = view! {
                        {title.fields(&format!("{at}/title"), t("call-section-title"), 1)}
                        <div id=id tabindex="-1">{move || question_fields(form, &below, questions)}</div>
                        <Button label=t("call-add-question") on_press=add/>
                    }
                    .into_any();
                    let tools = tools(all, i, 0, count, name.clone());
                    fold(form, &at, section.is_open, name, inner, tools)
                })
                .collect_view()
        };
        let add = move |()| {
            let taken = all.with_untracked(|all| all.iter().map(|s| s.key.clone()).collect::<Vec<_>>());
            let section =
                Section { key: fresh_key("section", &taken), title: Bilingual::default(), questions: Vec::new() };
            all.update(|all| all.push(SectionForm::new(&section)));
        };
        view! { {rows}<Button label=t("call-add-section") on_press=add/> }.into_any()
    }

    fn criterion_fields(self) -> AnyView {
        let (all, scale_max, form) = (self.criteria, self.scale_max, self.form);
        form.register("/definition/rubric/criteria", t("call-criteria"));
        let rows = move || {
            let count = all.with(Vec::len);
            all.get()
                .into_iter()
                .enumerate()
                .map(|(i, c)| {
                    let at = format!("/definition/rubric/criteria/{i}");
                    let (label, weight) = (c.label, c.weight);
                    let name = Text::new(move || match label.shown() {
                        text if text.is_empty() => t("call-new-criterion").get(),
                        text => text,
                    });
                    let heading = {
                        let name = name.clone();
                        Text::new(move || format!("{} · {} %", name.get(), weight.get()))
                    };
                    let anchors = c
                        .anchors
                        .iter()
                        .enumerate()
                        .map(|(score, anchor)| {
                            let label = crate::t!("call-anchor", score = score);
                            anchor.fields(&format!("{at}/anchors/{score}"), label, 1)
                        })
                        .collect_view();
                    let inner = view! {
                        {label.fields(&format!("{at}/label"), t("call-criterion"), 1)}
                        <div class="grid">
                            <TextInput pointer=format!("{at}/weight") label=t("call-weight-label") value=weight class="narrow"/>
                            <TextInput pointer=format!("{at}/minimum") label=t("call-minimum") value=c.minimum class="narrow" optional=true/>
                        </div>
                        {anchors}
                    }
                    .into_any();
                    let tools = tools(all, i, 0, count, name);
                    fold(form, &at, c.is_open, heading, inner, tools)
                })
                .collect_view()
        };
        let add = move |()| {
            let taken = all.with_untracked(|all| all.iter().map(|c| c.key.clone()).collect::<Vec<_>>());
            let criterion = Criterion {
                key: fresh_key("criterion", &taken),
                label: Bilingual::default(),
                weight: 0,
                minimum: None,
                anchors: (0..=scale_max).map(|_| Bilingual::default()).collect(),
            };
            all.update(|all| all.push(CriterionForm::new(&criterion)));
        };
        let sum = Memo::new(move |_| {
            all.with(|all| all.iter().filter_map(|c| c.weight.get().trim().parse::<i64>().ok()).sum::<i64>())
        });
        view! {
            {rows}
            <p class="weight-sum" class:wrong=move || sum.get() != 100 role="status">
                {move || crate::t!("call-weight-sum", sum = sum.get()).get()}
            </p>
            <Button label=t("call-add-criterion") on_press=add/>
        }
        .into_any()
    }
}

/// What is ticked.
fn ticked<T: Copy>(all: &[(T, RwSignal<bool>)]) -> Vec<T> {
    all.iter().filter(|(_, value)| value.get_untracked()).map(|(key, _)| *key).collect()
}

fn question_fields(form: Form, at: &str, all: RwSignal<Vec<QuestionForm>>) -> AnyView {
    let count = all.with(Vec::len);
    all.get()
        .into_iter()
        .enumerate()
        .map(|(i, q)| {
            let at = format!("{at}/{i}");
            let label = q.label;
            let name = Text::new(move || match label.shown() {
                text if text.is_empty() => t("call-new-question").get(),
                text => text,
            });
            let inner = view! {
                {label.fields(&format!("{at}/label"), t("call-question"), 1)}
                {q.hint.fields(&format!("{at}/hint"), t("call-question-hint"), 3)}
                <TextInput pointer=format!("{at}/max_words") label=t("call-word-limit") value=q.max_words class="narrow"/>
                <Checkbox pointer=format!("{at}/is_required") label=t("call-required") value=q.is_required/>
            }
            .into_any();
            let tools = tools(all, i, 0, count, name.clone());
            fold(form, &at, q.is_open, name, inner, tools)
        })
        .collect_view()
        .into_any()
}

/// A part that is folded until it is opened or has something wrong in it.
fn fold(form: Form, at: &str, is_open: RwSignal<bool>, heading: Text, inner: AnyView, tools: AnyView) -> AnyView {
    let below = format!("{at}/");
    Effect::new(move |_| {
        if let Some(ApiError::Problem(problem)) = form.error()
            && problem.errors.iter().any(|e| e.pointer.starts_with(&below))
        {
            is_open.set(true);
        }
    });
    // The browser opens and closes it by itself: what it did is kept, for when the list is drawn anew.
    let toggled = move |event: leptos::ev::Event| {
        let details: web_sys::Element = event_target(&event);
        is_open.set(details.has_attribute("open"));
    };
    view! {
        <details class="fold" open=move || is_open.get() on:toggle=toggled>
            <summary>{heading}</summary>
            {inner}
            {tools}
        </details>
    }
    .into_any()
}

/// Moves and removes an entry of a list; those before `first` stay where they are.
fn tools<T: Clone + Send + Sync + 'static>(
    all: RwSignal<Vec<T>>,
    i: usize,
    first: usize,
    count: usize,
    name: Text,
) -> AnyView {
    let named = |key: &'static str| {
        let name = name.clone();
        Text::new(move || format!("{} {}", t(key).get(), name.get()))
    };
    let swap = move |with: usize| Callback::new(move |()| all.update(|all| all.swap(i, with)));
    let remove = Callback::new(move |()| {
        all.update(|all| {
            all.remove(i);
        });
    });
    view! {
        <div class="actions tools">
            {(i > first).then(|| view! { <Button label=named("move-up") kind=ButtonKind::Quiet on_press=swap(i - 1)/> }.into_any())}
            {(i + 1 < count).then(|| view! { <Button label=named("move-down") kind=ButtonKind::Quiet on_press=swap(i + 1)/> }.into_any())}
            <Button label=named("remove") kind=ButtonKind::Quiet on_press=remove/>
        </div>
    }
    .into_any()
}
