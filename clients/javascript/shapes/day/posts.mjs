// Posts: written, read, changed, reacted to, acknowledged, deleted; and what is unread.

export async function posts(world) {
    const {admin, member, deck} = world;
    const said = await admin.client.createPost({
        channel_id: deck.id, message: `#ahoy @${member.user.username}, see ~town-square`, pending_post_id: `${admin.id}:1`,
    });
    world.said = said;
    await reading(world);
    await changing(world);
    await reactions(world);
    await unread(world);
    await urgent(world);
    await linked(world);
    await admin.client.createPost({channel_id: world.direct.id, message: 'between us'});
    await admin.client.createPostEphemeral(member.id, {channel_id: deck.id, message: 'for you alone'});
    const slip = await admin.client.createPost({channel_id: deck.id, message: 'a slip'});
    await admin.client.deletePost(slip.id);
    await admin.client.getPost(slip.id, true);
    const moved = await admin.client.createPost({channel_id: deck.id, message: 'belongs elsewhere'});
    await admin.client.moveThread(moved.id, world.square.id);
}

async function reading({member, deck, said}) {
    await member.client.getPost(said.id);
    await member.client.getPosts(deck.id);
    await member.client.getPosts(deck.id, 0, 60, true, true, true);
    await member.client.getPostsUnread(deck.id, member.id);
    await member.client.getPostsSince(deck.id, said.create_at - 1);
    await member.client.getPostsBefore(deck.id, said.id);
    await member.client.getPostsAfter(deck.id, said.id);
    await member.client.getPostsByIds([said.id]);
    await member.client.getPostInfo(said.id);
}

async function changing({admin, member, deck, said}) {
    await admin.client.patchPost({id: said.id, message: 'ahoy there'});
    await admin.client.updatePost({...said, message: 'ahoy again'});
    const [version] = await admin.client.getPostEditHistory(said.id);
    await admin.client.restorePostVersion(said.id, version.id, '');
    await admin.client.pinPost(said.id);
    await member.client.getPinnedPosts(deck.id);
    await admin.client.unpinPost(said.id);
    await member.client.savePreferences(member.id, [
        {user_id: member.id, category: 'flagged_post', name: said.id, value: 'true'},
    ]);
    await member.client.getFlaggedPosts(member.id);
}

async function reactions({member, said}) {
    await member.client.addReaction(member.id, said.id, 'anchor');
    await member.client.getReactionsForPost(said.id);
    await member.ask('POST', '/posts/ids/reactions', {body: [said.id], type: 'ReactionsOfPosts'});
    await member.client.getPost(said.id);
    await member.client.removeReaction(member.id, said.id, 'anchor');
}

async function unread({member, deck, direct, said}) {
    await member.client.viewMyChannel(deck.id);
    await member.client.markPostAsUnread(member.id, said.id);
    await member.ask('GET', `/users/me/channels/${deck.id}/unread`, {type: 'Unread'});
    await member.client.readMultipleChannels([deck.id, direct.id]);
    await member.client.markAllMessagesAsRead(member.id);
    await member.asks('updateActiveChannel', [deck.id], 'Nothing');
    await member.asks('userTyping', [deck.id, ''], 'Nothing');
}

async function urgent({admin, member, deck}) {
    const post = await admin.client.createPost({
        channel_id: deck.id,
        message: `all hands, @${member.user.username} too`,
        metadata: {priority: {priority: 'urgent', requested_ack: true, persistent_notifications: true}},
    });
    await member.client.acknowledgePost(post.id, member.id);
    await member.client.getPost(post.id);
    await member.client.unacknowledgePost(post.id, member.id);
}

/** Posts that lead to others are shown with them. */
async function linked({admin, member, url, team, deck, said}) {
    const post = await member.client.createPost({channel_id: deck.id, message: `as in ${url}/${team.name}/pl/${said.id}`});
    await admin.client.getPost(post.id);
    await admin.client.getPosts(deck.id);
}
