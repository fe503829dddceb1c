//! What waits for each role on the first page.

use shared::endpoint::Nothing;
use shared::home::{GetHome, Home, TaskKind};
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::Code;
use tests::{Person, TestApp, both};

async fn home(app: &TestApp, by: &Person) -> Home {
    app.call(by, GetHome {}, &Nothing {}).await.unwrap()
}

both! {
    async fn every_role_has_a_calm_first_page(app: TestApp) {
        let organisation = app.organisation("PNH", OrganisationKind::Ministry).await;
        for role in Role::ALL {
            let person = app.person_of(*role, Some(organisation)).await;
            let home = home(&app, &person).await;
            assert!(home.tasks.iter().all(|task| task.kind == TaskKind::InvitePerson), "{role}: {home:?}");
            assert!(home.news.is_empty());
        }
        // One who holds everything has every part in one statement.
        let all = app.person_of(Role::ApplicantLead, Some(organisation)).await;
        for role in Role::ALL {
            app.add_role(all.id, *role, Some(organisation), false).await;
        }
        let home = home(&app, &all).await;
        assert_eq!(home.counts.len(), 1);
        assert_eq!(home.counts[0].kind, TaskKind::InvitePerson);
        assert!(home.counts[0].count > 10 && home.tasks.len() == 10, "{home:?}");
    }

    async fn visitors_have_no_tasks(app: TestApp) {
        let answer = app.send(None, GetHome {}, &Nothing {}, &Nothing {}, &[]).await;
        assert_eq!(answer.unwrap_err().code, Code::SignInRequired);
    }
}
