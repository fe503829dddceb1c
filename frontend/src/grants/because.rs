//! Steps that need a reason, from any page of grants.

use leptos::prelude::*;
use shared::grants::{Because, reason_errors};

use crate::api::Answer;
use crate::components::{Button, Dialog, FormBox, TextArea, toast};
use crate::form::Form;
use crate::i18n::{Text, t};

/// A button that asks why, says what will happen, and does it.
pub(crate) fn because_button<T: 'static>(
    label: Text,
    explain: Text,
    send: impl Fn(Because) -> Answer<T> + Clone + Send + Sync + 'static,
    on_done: Callback<T>,
) -> AnyView {
    let send = StoredValue::new(Box::new(send) as Box<dyn Fn(Because) -> Answer<T> + Send + Sync>);
    let open = RwSignal::new(false);
    let (title, submit) = (label.clone(), label.clone());
    let form_of = move || {
        let form = Form::new();
        let reason = RwSignal::new(String::new());
        let run = Callback::new(move |()| {
            let because = Because { reason: reason.get_untracked().trim().to_owned() };
            if !form.check(reason_errors(&because.reason)) {
                return;
            }
            let answer = send.with_value(|send| send(because));
            form.submit(async move {
                let done = answer.await?;
                toast(t("step-done"));
                open.set(false);
                on_done.run(done);
                Ok(())
            });
        });
        view! {
            <p>{explain.clone()}</p>
            <FormBox form submit=submit.clone() on_submit=run>
                <TextArea pointer="/reason" label=t("reason") value=reason lines=3/>
            </FormBox>
        }
        .into_any()
    };
    view! {
        <Button label on_press=move |()| open.set(true)/>
        <Dialog open title>{form_of()}</Dialog>
    }
    .into_any()
}
