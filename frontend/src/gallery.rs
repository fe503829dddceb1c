//! Every component in every state, at `/gallery` of a debug build: for authors and for the eye.

use leptos::prelude::*;
use shared::currency::Currency;
use shared::money::Money;
use shared::problem::{Code, FieldError, Problem};
use shared::time::Timestamp;

use crate::api::ApiError;
use crate::clock;
use crate::components::*;
use crate::form::Form;
use crate::i18n::Text;
use crate::load::Load;
use crate::routes::Path;

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

/// The gallery.
pub fn page() -> AnyView {
    let form = Form::new();
    form.set_error(Some(ApiError::Problem(Problem::fields(vec![
        FieldError::new("/name", Code::Required),
        FieldError::new("/amount", Code::RequestAboveMax).with("max", eur(10_000_000)),
    ]))));
    let text = || RwSignal::new(String::new());
    let long = RwSignal::new("one two three four five six seven eight nine ten".to_owned());
    let in_days =
        |days: i64| Timestamp::from_micros(clock::now().micros() + days * 86_400_000_000).unwrap_or_else(clock::now);
    let open = RwSignal::new(false);
    let parts = vec![
        Part {
            label: Text::from("Committed"),
            amount: eur(10_000_000),
            kind: PartKind::Committed,
            href: Some("#".to_owned()),
        },
        Part { label: Text::from("Reserved"), amount: eur(9_000_000), kind: PartKind::Reserved, href: None },
        Part { label: Text::from("This motion"), amount: eur(6_000_000), kind: PartKind::This, href: None },
        Part { label: Text::from("Left after it"), amount: eur(65_000_000), kind: PartKind::Left, href: None },
    ];
    let rows = Callback::new(|()| {
        Load::Ready(
            [("Kenya", 10_000_000), ("Cameroun", 9_000_050), ("Nepal", -600_000)]
                .into_iter()
                .map(|(name, minor)| {
                    Row(vec![
                        view! { <a href="/gallery">{name}</a> }.into_any(),
                        view! { <StatusBadge word="In review" tone=Tone::Info/> }.into_any(),
                        crate::format::money(eur(minor)).into_any(),
                    ])
                })
                .collect(),
        )
    });
    let columns = vec![
        Column::text(Text::from("Country")),
        Column::text(Text::from("State")),
        Column::number(Text::from("Requested")),
    ];
    view! {
        <Page
            title="Gallery"
            wide=true
            crumbs=vec![Crumb(Text::from("Home"), Path::Home), Crumb(Text::from("Calls"), Path::Calls)]
            action=move || view! { <Button label="Open dialog" kind=ButtonKind::Primary on_press=move |()| open.set(true)/> }
            lead=|| view! { <p><StatusBadge word="Open" tone=Tone::Good/></p> }
        >
            <Deadline at=in_days(9) zone="Europe/Berlin" label="Submit until"/>
            <Deadline at=in_days(-2) zone="Africa/Douala" label="Submit until"/>
            <p>
                <StatusBadge word="Draft"/>" "<StatusBadge word="In review" tone=Tone::Info/>" "
                <StatusBadge word="Accepted" tone=Tone::Good/>" "<StatusBadge word="Overdue" tone=Tone::Attention/>" "
                <StatusBadge word="Refused" tone=Tone::Problem/>
            </p>
            <Bar label="Allocable" total=eur(90_000_000) parts/>
            <Tabs
                label="Views"
                tabs=vec![
                    Tab { label: Text::from("Overview"), href: "/gallery".into(), current: true },
                    Tab { label: Text::from("History"), href: "/gallery?tab=history".into(), current: false },
                ]
            />
            <DataTable caption="Proposals" columns rows foot=Callback::new(|()| Row(vec!["Total".into_any(), ().into_any(), crate::format::money(eur(18_400_050)).into_any()]))/>
            <Notice tone=Tone::Info title="To know"><p>"The call closes in nine days."</p></Notice>
            <Notice tone=Tone::Good title="Done"><p>"Saved."</p></Notice>
            <Notice tone=Tone::Attention title="Waits for you"><p>"Two reports are due."</p></Notice>
            <Notice tone=Tone::Problem><p>"The tranche is blocked."</p></Notice>
            <EmptyState title="No proposals yet" hint="They appear here when applicants start one." action=|| view! { <a class="button" href="/calls">"See the calls"</a> }/>
            <DefinitionList items=vec![
                (Text::from("Country"), "Kenya".into_any()),
                (Text::from("Requested"), view! { <span class="amount">{crate::format::money(eur(10_000_000))}</span> }.into_any()),
            ]/>
            <p>
                <SaveState state=Signal::derive(|| Saved::At(clock::now()))/>" "
                <SaveState state=Signal::derive(|| Saved::Saving)/>" "<SaveState state=Signal::derive(|| Saved::Offline)/>" "
                <SaveState state=Signal::derive(|| Saved::Failed)/>
            </p>
            <p>
                <Button label="Secondary" on_press=|()| toast(Text::from("Done"))/>" "
                <Button label="Working" busy=Signal::derive(|| true) on_press=|()| ()/>" "
                <ConfirmButton label="Withdraw proposal" explain="The proposal leaves the call. The text is kept." kind=ButtonKind::Danger on_confirm=|()| ()/>
            </p>
            <FormBox form submit="Save" on_submit=|()| ()>
                <TextInput pointer="/name" label="Name" value=text() hint="As on the register."/>
                <MoneyInput pointer="/amount" label="Amount" value=RwSignal::new("240000.00".to_owned()) currency=Signal::derive(|| Currency::EUR)/>
                <Select pointer="/country" label="Country" value=text() options=vec![("KE".to_owned(), Text::from("Kenya"))]/>
                <RadioGroup pointer="/vote" label="Your vote" value=text() options=vec![
                    ("yes".to_owned(), Text::from("Yes"), None),
                    ("no".to_owned(), Text::from("No"), None),
                    ("abstain".to_owned(), Text::from("Abstain"), Some(Text::from("Needs a reason"))),
                ]/>
                <DateInput pointer="/due" label="Due" value=text()/>
                <TextArea pointer="/need" label="What is needed?" hint="For whom, and why now." value=long max_words=Some(8)/>
                <Checkbox pointer="/agreed" label="I declare that this is correct" value=RwSignal::new(false)/>
            </FormBox>
            <Skeleton/>
            <Dialog open title="A question"><p>"Everything beneath stays."</p></Dialog>
        </Page>
    }
    .into_any()
}
