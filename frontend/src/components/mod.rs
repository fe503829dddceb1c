//! What pages are made of. Every component names, describes and announces itself to assistive
//! technology; a page only fills in words and values.

mod bar;
mod button;
mod deadline;
mod dialog;
mod export_link;
mod field;
mod file_text;
mod page;
mod status;
mod table;
mod text_area;
mod toast;

pub use bar::{Bar, Part, PartKind};
pub use button::{Button, ButtonKind, ConfirmButton};
pub use deadline::Deadline;
pub use dialog::Dialog;
pub use export_link::ExportLink;
pub use field::{
    Checkbox, DateInput, FormBox, MoneyInput, RadioGroup, Select, TextInput, money_from, normalise_amount,
};
pub use file_text::FileText;
pub use page::{Crumb, DefinitionList, EmptyState, Failure, Notice, Page, Skeleton, Tab, Tabs};
pub use status::{SaveState, Saved, StatusBadge, Tone};
pub use table::{Column, DataTable, LoadMore, Row};
pub use text_area::TextArea;
pub use toast::{Toasts, toast};
