//! Signing in.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::people::{SignIn, SignInRequest};

use crate::components::{FormBox, Page, TextInput};
use crate::form::{Form, required};
use crate::i18n::t;
use crate::routes::Path;
use crate::{api, router, session};

/// The sign-in page. Shown in place of any page that needs an account, it gives way to that page.
pub fn sign_in_page() -> AnyView {
    let done = Callback::new(|()| {
        if router::path_now() == Path::SignIn {
            router::replace(&Path::Home);
        }
    });
    view! {
        <Page title=t("sign-in")>
            <div class="narrow-form">
                <SignInForm on_done=done/>
                <p class="muted">{t("sign-in-help")}</p>
            </div>
        </Page>
    }
    .into_any()
}

/// E-mail and password; takes over the session.
#[component]
pub fn SignInForm(
    /// What follows.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let send = Callback::new(move |()| {
        let request =
            SignInRequest { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        let missing = [required("/email", &request.email), required("/password", &request.password)];
        if !form.check(missing.into_iter().flatten().collect()) {
            return;
        }
        form.submit(async move {
            session::set(api::call(&SignIn {}, &Nothing {}, &request).await?);
            on_done.run(());
            Ok(())
        });
    });
    view! {
        <FormBox form submit=t("sign-in") on_submit=send>
            <TextInput pointer="/email" label=t("email") value=email kind="email" autocomplete="username"/>
            <TextInput pointer="/password" label=t("password") value=password kind="password" autocomplete="current-password"/>
        </FormBox>
    }
}
