//! Accounts: the list, inviting somebody, giving and ending roles.

use leptos::ev;
use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::PersonId;
use shared::people::{
    AddMembership, AddMembershipRequest, CreatePerson, CreatePersonRequest, EndMembership, EndMembershipRequest,
    Invitation, Language, ListBodies, ListOrganisations, ListPeople, Membership, NAME_MAX_CHARS, Person, SearchQuery,
    check_email, check_text,
};
use shared::permission::Role;
use shared::problem::{Code, FieldError};
use shared::time::Date;

use crate::components::{
    Button, ButtonKind, Checkbox, Column, ConfirmButton, DataTable, DateInput, Dialog, EmptyState, FormBox, LoadMore,
    Notice, Page, Row, Select, StatusBadge, Tab, Tabs, TextInput, Tone, toast,
};
use crate::form::{Form, required};
use crate::i18n::{self, Text, t, word};
use crate::load::{Paged, load, paged};
use crate::routes::Path;
use crate::{api, browser, clock, router};

/// The lists of this feature.
pub(super) fn tabs() -> AnyView {
    let here = router::path_now();
    let tab = |label: Text, path: Path| Tab { label, current: path == here, href: path.to_string() };
    let tabs = vec![
        tab(t("people-title"), Path::People),
        tab(t("organisations-title"), Path::Organisations),
        tab(t("bodies-title"), Path::Bodies),
    ];
    view! { <Tabs label=t("people-tabs") tabs/> }.into_any()
}

/// Searches the list by the address's `search`.
#[component]
pub(super) fn SearchBox() -> impl IntoView {
    let value = RwSignal::new(browser::query_param("search").unwrap_or_default());
    let search = move |event: ev::SubmitEvent| {
        event.prevent_default();
        router::set_query(&[("search", Some(value.get_untracked().trim()))]);
    };
    view! {
        <form class="search" role="search" on:submit=search>
            <TextInput pointer="/search" label=t("search-by-name") value kind="search" optional=true/>
            <Button label=t("search")/>
        </form>
    }
}

/// The accounts, by name.
pub fn list_page() -> AnyView {
    let list = paged(|after| {
        let query = SearchQuery { search: router::query("search"), after };
        async move { api::call(&ListPeople {}, &query, &Nothing {}).await }
    });
    let inviting = RwSignal::new(false);
    let invitation = RwSignal::new(None::<Invitation>);
    let giving_role_to = RwSignal::new(None::<(PersonId, String)>);
    let role_open = RwSignal::new(false);
    let invited = Callback::new(move |made: Invitation| {
        inviting.set(false);
        invitation.set(Some(made));
        list.reload();
    });
    let role_given = Callback::new(move |()| {
        role_open.set(false);
        list.reload();
    });
    let rows = Callback::new(move |()| {
        list.rows(|person| {
            let (id, name) = (person.id, person.name.clone());
            let give = move |()| {
                giving_role_to.set(Some((id, name.clone())));
                role_open.set(true);
            };
            Row(vec![
                person_cell(person),
                roles_cell(person, list),
                view! { <Button label=t("role-give") on_press=give/> }.into_any(),
            ])
        })
    });
    let columns = vec![Column::text(t("person")), Column::text(t("roles")), Column::text(t("actions"))];
    view! {
        <Page
            title=t("people-title")
            wide=true
            action=move || {
                view! { <Button label=t("person-invite") kind=ButtonKind::Primary on_press=move |()| inviting.set(true)/> }
            }
        >
            {tabs()}
            {move || invitation.get().map(invitation_notice)}
            <SearchBox/>
            <DataTable
                caption=t("people-title")
                hide_caption=true
                columns
                rows
                retry=Callback::new(move |()| list.reload())
                empty=|| view! { <EmptyState title=t("people-empty") hint=t("people-empty-hint")/> }
            />
            <LoadMore list/>
            <Dialog open=inviting title=t("person-invite")>
                <Invite on_done=invited/>
            </Dialog>
            <Dialog open=role_open title=t("role-give")>
                {move || giving_role_to.get().map(|(id, name)| view! { <GiveRole id name on_done=role_given/> }.into_any())}
            </Dialog>
        </Page>
    }
    .into_any()
}

fn person_cell(person: &Person) -> AnyView {
    view! {
        <strong>{person.name.clone()}</strong>
        <br/>
        <span class="muted">{person.email.clone()}</span>
        {(!person.has_password).then(|| view! { " "<StatusBadge word=t("person-invited") tone=Tone::Attention/> }.into_any())}
    }
    .into_any()
}

fn roles_cell(person: &Person, list: Paged<Person>) -> AnyView {
    let today = clock::now().date();
    let items = person.memberships.iter().map(|m| membership_item(m, today, list)).collect_view();
    view! { <ul class="plain">{items}</ul> }.into_any()
}

fn membership_item(membership: &Membership, today: Date, list: Paged<Person>) -> AnyView {
    let Membership { id, role, valid_from, valid_until, .. } = membership.clone();
    let place: Vec<String> =
        membership.organisation.iter().map(|o| o.name.clone()).chain(membership.body.clone()).collect();
    let place = (!place.is_empty()).then(|| format!(" · {}", place.join(" · ")));
    let span = Text::new(move || match valid_until {
        Some(until) => crate::t!("membership-span", from = valid_from, until = until).get(),
        None => crate::t!("membership-since", from = valid_from).get(),
    });
    let is_over = valid_until.is_some_and(|until| until < today);
    let end = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            let request = EndMembershipRequest { valid_until: today };
            match api::call(&EndMembership { membership_id: id }, &Nothing {}, &request).await {
                Ok(_) => toast(t("membership-ended")),
                Err(error) => toast(Text::from(error.text())),
            }
            list.reload();
        });
    });
    view! {
        <li>
            {word("role", role.as_str())}
            {membership.is_alternate.then(|| view! { " "{t("role-alternate")} }.into_any())}
            {place}
            <br/>
            <span class="muted">{span}</span>
            " "
            {(!is_over && valid_until.is_none()).then(|| view! {
                <ConfirmButton label=t("membership-end") explain=t("membership-end-explain") kind=ButtonKind::Quiet on_confirm=end/>
            }.into_any())}
        </li>
    }
    .into_any()
}

/// The link is shown once: who closes this must invite again.
fn invitation_notice(invitation: Invitation) -> AnyView {
    let origin = window().location().origin().unwrap_or_default();
    let link = format!("{origin}{}", invitation.link);
    view! {
        <Notice tone=Tone::Good title=t("invitation-made")>
            <p>{crate::t!("invitation-made-text", until = invitation.expires_at)}</p>
            <p><code class="link">{link}</code></p>
        </Notice>
    }
    .into_any()
}

#[component]
fn Invite(
    /// Gets the invitation.
    #[prop(into)]
    on_done: Callback<Invitation>,
) -> impl IntoView {
    let form = Form::new();
    let name = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let language = RwSignal::new(i18n::current().as_str().to_owned());
    let send = Callback::new(move |()| {
        let request = CreatePersonRequest {
            name: name.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            language: Language::parse(&language.get_untracked()).unwrap_or(Language::En),
        };
        let mut errors = Vec::new();
        check_text(&mut errors, "/name", &request.name, NAME_MAX_CHARS);
        check_email(&mut errors, "/email", &request.email);
        errors.extend(required("/language", &language.get_untracked()));
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            on_done.run(api::call(&CreatePerson {}, &Nothing {}, &request).await?);
            Ok(())
        });
    });
    let languages: Vec<_> =
        Language::ALL.iter().map(|l| (l.as_str().to_owned(), Text::from(i18n::own_name(*l)))).collect();
    view! {
        <FormBox form submit=t("person-invite") on_submit=send>
            <TextInput pointer="/name" label=t("name") value=name/>
            <TextInput pointer="/email" label=t("email") value=email kind="email"/>
            <Select pointer="/language" label=t("language") value=language options=languages/>
        </FormBox>
    }
}

#[component]
fn GiveRole(
    /// To whom.
    id: PersonId,
    /// The person's name.
    name: String,
    /// What follows.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let role = RwSignal::new(String::new());
    let organisation = RwSignal::new(String::new());
    let body = RwSignal::new(String::new());
    let alternate = RwSignal::new(false);
    let from = RwSignal::new(clock::now().date().to_string());
    let until = RwSignal::new(String::new());
    let organisations = load(|| async { api::call(&ListOrganisations {}, &SearchQuery::default(), &Nothing {}).await });
    let bodies = load(|| async { api::call(&ListBodies {}, &Nothing {}, &Nothing {}).await });
    let organisation_options = Signal::derive(move || {
        organisations
            .with(|page| page.items.iter().map(|o| (o.id.to_string(), Text::from(o.name.clone()))).collect())
            .unwrap_or_default()
    });
    let body_options = Signal::derive(move || {
        bodies
            .with(|page| page.items.iter().map(|b| (b.id.to_string(), Text::from(b.name.clone()))).collect())
            .unwrap_or_default()
    });
    let roles: Vec<_> = Role::ALL.iter().map(|r| (r.as_str().to_owned(), word("role", r.as_str()))).collect();
    let is_voter = move || role.with(|r| r == Role::SteeringVoter.as_str());
    let send = Callback::new(move |()| {
        let mut errors: Vec<FieldError> = required("/role", &role.get_untracked()).into_iter().collect();
        let valid_from = Date::parse(&from.get_untracked());
        let valid_until = Some(until.get_untracked()).filter(|u| !u.is_empty()).map(|u| Date::parse(&u));
        if valid_from.is_err() {
            errors.push(FieldError::new("/valid_from", Code::DateFormat));
        }
        if matches!(valid_until, Some(Err(_))) {
            errors.push(FieldError::new("/valid_until", Code::DateFormat));
        }
        let (Some(role), Ok(valid_from)) = (Role::parse(&role.get_untracked()), valid_from) else {
            form.check(errors);
            return;
        };
        let request = AddMembershipRequest {
            role,
            organisation_id: organisation.get_untracked().parse().ok(),
            body_id: body.get_untracked().parse().ok(),
            is_alternate: role == Role::SteeringVoter && alternate.get_untracked(),
            valid_from,
            valid_until: valid_until.and_then(Result::ok),
        };
        errors.extend(request.errors());
        if !form.check(errors) {
            return;
        }
        form.submit(async move {
            let person = api::call(&AddMembership { person_id: id }, &Nothing {}, &request).await?;
            toast(crate::t!("role-given", name = person.name));
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <p>{crate::t!("role-give-to", name = name)}</p>
        <FormBox form submit=t("role-give") on_submit=send>
            <Select pointer="/role" label=t("role") value=role options=roles/>
            {move || is_voter().then(|| view! {
                <Checkbox pointer="/is_alternate" label=t("role-is-alternate") value=alternate/>
            }.into_any())}
            <Select pointer="/organisation_id" label=t("organisation") value=organisation options=organisation_options optional=true none=t("none")/>
            <Select pointer="/body_id" label=t("body") value=body options=body_options optional=true none=t("none")/>
            <DateInput pointer="/valid_from" label=t("valid-from") value=from/>
            <DateInput pointer="/valid_until" label=t("valid-until") hint=t("valid-until-hint") value=until optional=true/>
        </FormBox>
    }
}
