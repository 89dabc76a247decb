// Threads: replied to, followed, read.

export async function threads({admin, member, team, deck}) {
    const root = await member.client.createPost({channel_id: deck.id, message: 'who has the watch?'});
    const reply = await admin.client.createPost({
        channel_id: deck.id, root_id: root.id, message: `you, @${member.user.username}`,
    });
    await member.client.getPostThread(root.id);
    await member.client.getPostThread(root.id, true, true, true);
    await member.client.getPaginatedPostThread(root.id, {perPage: 1, direction: 'down'});
    await member.client.getUserThreads(member.id, team.id, {});
    await member.client.getUserThreads(member.id, team.id, {extended: true, unread: true});
    await member.client.getUserThread(member.id, team.id, root.id);
    await member.client.getUserThread(member.id, team.id, root.id, true);
    await member.client.updateThreadReadForUser(member.id, team.id, root.id, Date.now());
    await member.client.markThreadAsUnreadForUser(member.id, team.id, root.id, reply.id);
    await member.client.updateThreadsReadForUser(member.id, team.id);
    await member.client.markAllInTeamAsRead(member.id, team.id);
    await member.client.updateThreadFollowForUser(member.id, team.id, root.id, false);
    await member.client.updateThreadFollowForUser(member.id, team.id, root.id, true);
}
