//! Looking for people, messages and channels; making channels.

use serde_json::json;

use crate::Outcome;
use crate::history::Fact;
use crate::person::Person;
use crate::weights::Action;
use crate::words;

impl Person {
    pub(super) async fn search(&mut self, action: Action) -> Outcome<()> {
        let team = self.team.clone();
        let name = format!("person{}", self.dice.below(self.ground.everybody.len()));
        match action {
            Action::SearchUsers => {
                let wanted = json!({ "term": &name[..7.min(name.len())], "team_id": team });
                self.send("POST", "/users/search", &wanted).await?;
            }
            Action::SearchGroups => {
                self.send("POST", "/channels/group/search", &json!({ "term": name })).await?;
            }
            Action::SearchChannels => {
                let path = format!("/teams/{team}/channels/autocomplete?name=open");
                self.get(&path).await?;
            }
            _ => {
                let terms = words::search(&mut self.dice, &name);
                let wanted =
                    json!({ "terms": terms, "is_or_search": false, "page": 0, "per_page": 20 });
                let within = format!("/teams/{team}/posts/search");
                let all = action == Action::SearchAllPosts;
                let path = if all { "/posts/search" } else { &within };
                self.send("POST", path, &wanted).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn open_profile(&mut self) -> Outcome<()> {
        let everybody = &self.ground.everybody;
        let other = everybody[self.dice.below(everybody.len())].id.clone();
        self.get(&format!("/users/{other}")).await?;
        self.get(&format!("/users/{other}/status")).await?;
        Ok(())
    }

    pub(super) async fn create_channel(&mut self, action: Action) -> Outcome<()> {
        // People of a team have neighbouring numbers.
        let first = self.number / crate::town::TEAM * crate::town::TEAM;
        let mates = self.ground.everybody.iter().skip(first).take(crate::town::TEAM);
        let mates: Vec<String> = mates.map(|mate| mate.id.clone()).collect();
        let mut mate = || mates[self.dice.below(mates.len())].clone();
        let (path, wanted) = match action {
            Action::CreateDirect => ("/channels/direct", json!([self.id, mate()])),
            Action::CreateGroup => ("/channels/group", json!([self.id, mate(), mate(), mate()])),
            _ => {
                let kind = if action == Action::CreatePublic { "O" } else { "P" };
                let name = format!("made-{}-{}", self.number, self.dice.below(1 << 40));
                let made = json!({
                    "team_id": self.team, "name": name, "display_name": name, "type": kind,
                });
                ("/channels", made)
            }
        };
        let answer = self.send("POST", path, &wanted).await?;
        if answer.status == 201 {
            let made = answer.expect(201)?;
            let id = crate::client::text(&made, "id")?;
            self.note(|history| Fact::Joined { channel: history.name(&id) });
            self.load_places().await?;
        }
        Ok(())
    }
}
