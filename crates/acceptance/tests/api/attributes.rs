use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};

const FIELDS: &str = "/custom_profile_attributes/fields";
const VALUES: &str = "/custom_profile_attributes/values";

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn patch(actor: &Actor, path: &str, body: Value) -> Reply {
    actor.send("PATCH".parse().unwrap(), path, body.to_string().into_bytes()).await
}

async fn make(admin: &Actor, name: &str, kind: &str, attrs: Value) -> Value {
    let new = json!({ "name": name, "type": kind, "attrs": attrs });
    admin.post(FIELDS, new).await.expect(201)
}

/// Makes fields, changes and removes some, and puts something into them.
pub(crate) async fn use_attributes(admin: &Actor, person: &Actor) {
    let rank = make(admin, "Rank", "text", json!({})).await;
    let gone = make(admin, "Gone", "text", json!({})).await;
    let turned = make(admin, "Turned", "text", json!({})).await;
    for value in ["first", "second"] {
        let values = json!({ id(&rank): value, id(&gone): value, id(&turned): value });
        patch(person, VALUES, values).await.expect(200);
    }
    patch(admin, VALUES, json!({ id(&rank): "third" })).await.expect(200);
    patch(admin, VALUES, json!({ id(&rank): "" })).await.expect(200);
    let path = format!("{FIELDS}/{}", id(&turned));
    patch(admin, &path, json!({ "type": "date" })).await.expect(200);
    admin.delete(&format!("{FIELDS}/{}", id(&gone))).await.expect(200);
}

#[tokio::test]
async fn a_field_is_made_listed_changed_and_removed() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    site.settle().await;
    let mut socket = alice.socket().await;
    let attrs = json!({
        "visibility": "always", "sort_order": 2,
        "options": [{ "name": "Deck", "color": "#123456" }, { "name": "Engine" }],
    });
    let made = make(&admin, " Section ", "select", attrs).await;
    assert_eq!((&made["name"], &made["type"]), (&json!("Section"), &json!("select")));
    assert_eq!(made["attrs"]["visibility"], "always");
    assert_eq!(made["attrs"]["options"][0]["color"], "#123456");
    assert_eq!(made["delete_at"], 0);
    let group = alice.get("/custom_profile_attributes/group").await.expect(200);
    assert_eq!(group, json!({ "id": made["group_id"] }));
    let created = socket.event("custom_profile_attributes_field_created").await;
    assert_eq!(created["data"]["field"], made);

    let rank = make(&admin, "Rank", "text", json!({ "sort_order": 1 })).await;
    assert_eq!(rank["attrs"]["visibility"], "when_set");
    assert_eq!(rank["attrs"].get("options"), None);
    let listed = alice.get(FIELDS).await.expect(200);
    assert_eq!(listed, json!([rank, made]));

    let path = format!("{FIELDS}/{}", id(&made));
    let changed = patch(&admin, &path, json!({ "attrs": { "sort_order": 0 } })).await.expect(200);
    assert_eq!(changed["attrs"]["options"], made["attrs"]["options"], "what is not said stays");
    assert_eq!(alice.get(FIELDS).await.expect(200)[0]["id"], made["id"]);
    let updated = socket.event("custom_profile_attributes_field_updated").await;
    assert_eq!(updated["data"]["field"]["attrs"]["sort_order"], 0);
    assert_eq!(updated["data"]["delete_values"], false);

    admin.delete(&path).await.expect(200);
    let deleted = socket.event("custom_profile_attributes_field_deleted").await;
    assert_eq!(deleted["data"], json!({ "field_id": made["id"] }));
    assert_eq!(alice.get(FIELDS).await.expect(200), json!([rank]));
    let gone = "app.custom_profile_attributes.property_field_not_found.app_error";
    assert_eq!(admin.delete(&path).await.refused(404), gone);
    assert_eq!(patch(&admin, &path, json!({ "name": "x" })).await.refused(404), gone);
}

#[tokio::test]
async fn only_administrators_decide_which_fields_there_are() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let rank = make(&admin, "Rank", "text", json!({})).await;
    let path = format!("{FIELDS}/{}", id(&rank));
    alice.post(FIELDS, json!({ "name": "Mine", "type": "text" })).await.expect(403);
    patch(&alice, &path, json!({ "name": "Mine" })).await.expect(403);
    alice.delete(&path).await.expect(403);
    for path in [FIELDS, "/custom_profile_attributes/group"] {
        site.stranger().get(path).await.expect(401);
    }
    site.stranger().post(FIELDS, json!({ "name": "x", "type": "text" })).await.expect(401);
}

#[tokio::test]
async fn a_field_that_makes_no_sense_is_refused() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let rank = make(&admin, "Rank", "text", json!({})).await;
    let twice = json!([{ "name": "one" }, { "name": "one" }]);
    for new in [
        json!({ "name": " ", "type": "text" }),
        json!({ "name": "x".repeat(256), "type": "text" }),
        json!({ "name": "Rank", "type": "text" }),
        json!({ "name": "x", "type": "number" }),
        json!({ "name": "x", "type": "text", "attrs": { "visibility": "sometimes" } }),
        json!({ "name": "x", "type": "text", "attrs": { "value_type": "colour" } }),
        json!({ "name": "x", "type": "text", "attrs": { "managed": "nobody" } }),
        json!({ "name": "x", "type": "text", "attrs": { "ldap": "cn" } }),
        json!({ "name": "x", "type": "select", "attrs": { "options": [{ "name": "" }] } }),
        json!({ "name": "x", "type": "select", "attrs": { "options": twice } }),
    ] {
        admin.post(FIELDS, new).await.refused(400);
    }
    let path = format!("{FIELDS}/{}", id(&rank));
    for nothing in [json!({}), json!({ "target_id": rank["id"], "name": "x" })] {
        let refusal = patch(&admin, &path, nothing).await.refused(400);
        assert_eq!(refusal, "api.custom_profile_attributes.invalid_field_patch");
    }
    for number in 1..20 {
        make(&admin, &format!("field {number}"), "text", json!({})).await;
    }
    let refusal = admin.post(FIELDS, json!({ "name": "more", "type": "text" })).await.refused(422);
    assert_eq!(refusal, "app.custom_profile_attributes.limit_reached.app_error");
}

#[tokio::test]
async fn people_say_what_stands_in_their_fields_and_everybody_hears_it() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let bob = site.person("bob").await;
    let text = make(&admin, "Rank", "text", json!({ "value_type": "phone" })).await;
    let options = json!({ "options": [{ "name": "Deck" }, { "name": "Engine" }] });
    let select = make(&admin, "Section", "select", options.clone()).await;
    let many = make(&admin, "Watches", "multiselect", options).await;
    let user = make(&admin, "Superior", "user", json!({})).await;
    let users = make(&admin, "Friends", "multiuser", json!({})).await;
    let deck = select["attrs"]["options"][0]["id"].clone();
    let [one, two] = [0, 1].map(|n| many["attrs"]["options"][n]["id"].clone());
    site.settle().await;
    let mut socket = bob.socket().await;
    let values = json!({ id(&text): " cook ", id(&select): deck, id(&many): [two, one, two, ""] });
    let set = patch(&alice, VALUES, values).await.expect(200);
    assert_eq!(set, json!({ id(&text): "cook", id(&select): deck, id(&many): [two, one] }));
    let mut heard = serde_json::Map::new();
    for _ in 0..3 {
        let event = socket.event("custom_profile_attributes_values_updated").await;
        assert_eq!(event["data"]["user_id"], json!(alice.id));
        let values = event["data"]["values"].as_object().unwrap().clone();
        assert_eq!(values.len(), 1, "each is an event of its own");
        heard.extend(values);
    }
    assert_eq!(Value::Object(heard), set);

    let people = json!([
        { "id": id(&user), "value": bob.id }, { "id": id(&users), "value": [bob.id, admin.id] },
    ]);
    patch(&alice, VALUES, people).await.expect(200);
    let path = format!("/users/{}/custom_profile_attributes", alice.id);
    let found = bob.get(&path).await.expect(200);
    assert_eq!(found[id(&user)], json!(bob.id));
    assert_eq!(found.as_object().unwrap().len(), 5);

    let cleared = json!({ id(&text): null, id(&many): [], id(&users): null });
    let set = patch(&alice, &path, cleared).await.expect(200);
    assert_eq!(set, json!({ id(&text): "", id(&many): [], id(&users): [] }));
    let left = bob.get(&path).await.expect(200);
    assert_eq!(left, json!({ id(&select): deck, id(&user): bob.id }));
}

#[tokio::test]
async fn what_does_not_fit_a_field_is_refused() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let text = make(&admin, "Rank", "text", json!({})).await;
    let options = json!({ "options": [{ "name": "Deck" }] });
    let select = make(&admin, "Section", "select", options).await;
    let users = make(&admin, "Friends", "multiuser", json!({})).await;
    let managed = make(&admin, "Clearance", "text", json!({ "managed": "admin" })).await;
    patch(&alice, VALUES, json!({ id(&text): "ї".repeat(64) })).await.expect(200);
    for values in [
        json!({ id(&text): "x".repeat(65) }),
        json!({ id(&text): 7 }),
        json!({ id(&text): ["x"] }),
        json!({ id(&select): "Deck" }),
        json!({ id(&users): [text["id"]] }),
        json!({ id(&users): alice.id }),
    ] {
        let refusal = patch(&alice, VALUES, values).await.refused(400);
        assert_eq!(refusal, "app.custom_profile_attributes.sanitize_and_validate.app_error");
    }
    let unknown = patch(&alice, VALUES, json!({ alice.id.to_string(): "x" })).await.refused(404);
    assert_eq!(unknown, "app.custom_profile_attributes.property_field_not_found.app_error");
    let refusal = patch(&alice, VALUES, json!({ id(&managed): "top" })).await.refused(403);
    assert_eq!(refusal, "app.custom_profile_attributes.property_field_is_managed.app_error");
    let path = format!("/users/{}/custom_profile_attributes", alice.id);
    patch(&admin, &path, json!({ id(&managed): "top" })).await.expect(200);
    assert_eq!(alice.get(&path).await.expect(200)[id(&managed)], "top");
    let path = format!("/users/{}/custom_profile_attributes", admin.id);
    patch(&alice, &path, json!({ id(&text): "x" })).await.expect(403);
    patch(&site.stranger(), VALUES, json!({})).await.expect(401);
    site.stranger().get(&path).await.expect(401);
}

#[tokio::test]
async fn values_go_with_what_they_meant() {
    let site = TestSite::start().await;
    let admin = site.person("admin").await;
    let alice = site.person("alice").await;
    let text = make(&admin, "Rank", "text", json!({})).await;
    let options = json!({ "options": [{ "name": "Deck" }, { "name": "Engine" }] });
    let many = make(&admin, "Watches", "multiselect", options).await;
    let options = many["attrs"]["options"].clone();
    let ids = json!([options[0]["id"], options[1]["id"]]);
    patch(&alice, VALUES, json!({ id(&text): "cook", id(&many): ids })).await.expect(200);

    let path = format!("{FIELDS}/{}", id(&many));
    let fewer = json!({ "attrs": { "options": [options[1]] } });
    patch(&admin, &path, fewer).await.expect(200);
    let own = "/users/me/custom_profile_attributes";
    assert_eq!(alice.get(own).await.expect(200)[id(&many)], json!([options[1]["id"]]));

    site.settle().await;
    let mut socket = alice.socket().await;
    let path = format!("{FIELDS}/{}", id(&text));
    patch(&admin, &path, json!({ "type": "date" })).await.expect(200);
    let updated = socket.event("custom_profile_attributes_field_updated").await;
    assert_eq!(updated["data"]["delete_values"], true);
    assert_eq!(alice.get(own).await.expect(200).get(id(&text)), None);
}

#[tokio::test]
async fn guests_see_the_fields_of_those_they_see() {
    let site = TestSite::start_with(|config| config.settings.guest_accounts = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let mut gus = site.person("gus").await;
    admin.post(&format!("/users/{}/demote", gus.id), json!({})).await.expect(200);
    gus.sign_in("gus", "correct horse battery").await;
    let path = format!("/users/{}/custom_profile_attributes", alice.id);
    gus.get(&path).await.expect(403);
    assert_eq!(gus.get("/users/me/custom_profile_attributes").await.expect(200), json!({}));
}
