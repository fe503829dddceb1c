//! Choosing a password by a one-time link: the first administrator, or an invited person.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::people::{
    GetLink, LinkPurpose, OneTimeLink, UseLink, UseLinkRequest, check_email, check_password, check_text,
};
use shared::people::{NAME_MAX_CHARS, PASSWORD_MIN_CHARS};

use crate::components::{FormBox, Page, TextInput};
use crate::form::Form;
use crate::i18n::{Text, t};
use crate::load::load;
use crate::routes::Path;
use crate::{api, router, session};

/// The page that a one-time link leads to.
pub fn set_up_page(token: String) -> AnyView {
    let for_link = token.clone();
    let link = load(move || {
        let token = for_link.clone();
        async move { api::call(&GetLink { token }, &Nothing {}, &Nothing {}).await }
    });
    let title = Text::new(move || match link.with(|l| l.purpose) {
        Some(LinkPurpose::SetUp) => t("set-up-title").get(),
        _ => t("invitation-title").get(),
    });
    view! {
        <Page title>
            <div class="narrow-form">{move || link.view(|link| password_form(token.clone(), link))}</div>
        </Page>
    }
    .into_any()
}

fn password_form(token: String, link: &OneTimeLink) -> AnyView {
    let form = Form::new();
    let is_set_up = link.purpose == LinkPurpose::SetUp;
    let name = RwSignal::new(link.name.clone().unwrap_or_default());
    let email = RwSignal::new(link.email.clone().unwrap_or_default());
    let password = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let request = UseLinkRequest {
            email: is_set_up.then(|| email.get_untracked().trim().to_owned()),
            name: is_set_up.then(|| name.get_untracked().trim().to_owned()),
            password: password.get_untracked(),
        };
        let mut errors = Vec::new();
        if let (Some(name), Some(email)) = (&request.name, &request.email) {
            check_text(&mut errors, "/name", name, NAME_MAX_CHARS);
            check_email(&mut errors, "/email", email);
        }
        check_password(&mut errors, "/password", &request.password);
        if !form.check(errors) {
            return;
        }
        let token = token.clone();
        form.submit(async move {
            session::set(api::call(&UseLink { token }, &Nothing {}, &request).await?);
            router::replace(&Path::Home);
            Ok(())
        });
    });
    view! {
        <p>{t(if is_set_up { "set-up-text" } else { "invitation-text" })}</p>
        <FormBox form submit=t("set-password") on_submit=send>
            {is_set_up.then(|| view! { <TextInput pointer="/name" label=t("name") value=name autocomplete="name"/> }.into_any())}
            <TextInput pointer="/email" label=t("email") value=email kind="email" autocomplete="username" read_only=!is_set_up/>
            <TextInput
                pointer="/password"
                label=t("new-password")
                hint=crate::t!("password-hint", min = PASSWORD_MIN_CHARS)
                value=password
                kind="password"
                autocomplete="new-password"
            />
        </FormBox>
    }
    .into_any()
}
