//! A bank account of the fund, and how its bank writes statements.

use leptos::prelude::*;
use shared::bank::{AddHouseAccount, Delimiter, HouseAccount, HouseAccountDraft, Profile, UpdateHouseAccount};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::FundId;
use shared::problem::{Code, FieldError};
use shared::upload::DateFormat;

use crate::api;
use crate::components::{Checkbox, FormBox, Select, TextInput, toast};
use crate::form::Form;
use crate::i18n::{Text, t, word};

/// The form for a new account, or for one to be written anew.
pub fn form(fund_id: FundId, account: Option<HouseAccount>, on_done: Callback<()>) -> AnyView {
    let form = Form::new();
    let known = account.as_ref();
    let text = |read: fn(&HouseAccount) -> &str| RwSignal::new(known.map(read).unwrap_or_default().to_owned());
    let [name, iban, date, amount, debit, credit, reference, end_to_end_id, note] = [
        text(|a| &a.name),
        text(|a| &a.iban),
        text(|a| &a.profile.date),
        text(|a| &a.profile.amount),
        text(|a| &a.profile.debit),
        text(|a| &a.profile.credit),
        text(|a| &a.profile.reference),
        text(|a| &a.profile.end_to_end_id),
        text(|a| &a.profile.text),
    ];
    let currency = RwSignal::new(known.map_or("EUR", |a| a.currency.code()).to_owned());
    let delimiter = RwSignal::new(known.map_or(Delimiter::Semicolon, |a| a.profile.delimiter).as_str().to_owned());
    let date_format = RwSignal::new(known.map_or(DateFormat::Dotted, |a| a.profile.date_format).as_str().to_owned());
    let skipped = RwSignal::new(known.map_or(0, |a| a.profile.skipped_lines).to_string());
    let comma = RwSignal::new(known.is_none_or(|a| a.profile.is_decimal_comma));
    let target = account.as_ref().map(|account| (account.id, account.version));
    let send = Callback::new(move |()| {
        let read = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let (Some(delimiter), Some(date_format)) =
            (Delimiter::parse(&delimiter.get_untracked()), DateFormat::parse(&date_format.get_untracked()))
        else {
            form.check(vec![FieldError::new("/profile/delimiter", Code::Required)]);
            return;
        };
        let currency = match Currency::parse(&read(currency).to_uppercase()) {
            Ok(currency) => currency,
            Err(code) => {
                form.check(vec![FieldError::new("/currency", code)]);
                return;
            }
        };
        let Ok(skipped_lines) = read(skipped).parse() else {
            form.check(vec![FieldError::new("/profile/skipped_lines", Code::WrongType)]);
            return;
        };
        let draft = HouseAccountDraft {
            name: read(name),
            iban: read(iban),
            currency,
            profile: Profile {
                skipped_lines,
                delimiter,
                date_format,
                is_decimal_comma: comma.get_untracked(),
                date: read(date),
                amount: read(amount),
                debit: read(debit),
                credit: read(credit),
                reference: read(reference),
                end_to_end_id: read(end_to_end_id),
                text: read(note),
            },
        };
        if !form.check(draft.errors()) {
            return;
        }
        form.submit(async move {
            match target {
                None => api::call(&AddHouseAccount { fund_id }, &Nothing {}, &draft).await?,
                Some((account_id, version)) => {
                    api::call_if_match(&UpdateHouseAccount { account_id }, &Nothing {}, &draft, version).await?
                }
            };
            toast(t("account-saved"));
            on_done.run(());
            Ok(())
        });
    });
    let delimiters: Vec<(String, Text)> =
        Delimiter::ALL.iter().map(|d| (d.as_str().to_owned(), word("delimiter", d.as_str()))).collect();
    let date_formats: Vec<(String, Text)> =
        DateFormat::ALL.iter().map(|f| (f.as_str().to_owned(), word("date-format", f.as_str()))).collect();
    view! {
        <FormBox form submit=t("account-save") on_submit=send>
            <TextInput pointer="/name" label=t("account-name") hint=t("account-name-hint") value=name/>
            <TextInput pointer="/iban" label=t("bank-account-number") value=iban/>
            <TextInput pointer="/currency" label=t("currency") hint=t("currency-hint") value=currency class="narrow" read_only=target.is_some()/>
            <h3>{t("profile-title")}</h3>
            <p class="muted">{t("profile-hint")}</p>
            <TextInput pointer="/profile/skipped_lines" label=t("profile-skipped") hint=t("profile-skipped-hint") value=skipped class="narrow"/>
            <Select pointer="/profile/delimiter" label=t("profile-delimiter") value=delimiter options=delimiters/>
            <Select pointer="/profile/date_format" label=t("profile-date-format") value=date_format options=date_formats/>
            <Checkbox pointer="/profile/is_decimal_comma" label=t("profile-comma") value=comma/>
            <TextInput pointer="/profile/date" label=t("profile-date") value=date/>
            <TextInput pointer="/profile/amount" label=t("profile-amount") hint=t("profile-amount-hint") value=amount optional=true/>
            <TextInput pointer="/profile/debit" label=t("profile-debit") value=debit optional=true/>
            <TextInput pointer="/profile/credit" label=t("profile-credit") value=credit optional=true/>
            <TextInput pointer="/profile/reference" label=t("profile-reference") hint=t("profile-reference-hint") value=reference/>
            <TextInput pointer="/profile/end_to_end_id" label=t("profile-end-to-end") value=end_to_end_id optional=true/>
            <TextInput pointer="/profile/text" label=t("profile-text") value=note optional=true/>
        </FormBox>
    }
    .into_any()
}
