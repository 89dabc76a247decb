// What is not said yet: drafts, posts for later, reminders.

export async function unsent({admin, member, team, deck, said}) {
    const draft = {channel_id: deck.id, root_id: '', user_id: member.id, message: 'perhaps', props: {}};
    await member.client.upsertDraft(draft, '');
    await member.client.upsertDraft({...draft, message: 'perhaps not'}, '');
    await member.client.upsertDraft({...draft, root_id: said.id}, '');
    await member.client.getUserDrafts(team.id);
    await member.client.deleteDraft(deck.id, undefined, '');
    await member.client.deleteDraft(deck.id, said.id, '');

    const later = Date.now() + 3_600_000;
    const {data: post} = await member.client.createScheduledPost(
        {channel_id: deck.id, user_id: member.id, message: 'the watch ends', scheduled_at: later}, '');
    await member.client.updateScheduledPost({...post, message: 'the watch has ended', scheduled_at: later + 1000}, '');
    await member.client.getScheduledPosts(team.id, true);
    await member.client.deleteScheduledPost(member.id, post.id, '');
    await admin.client.addPostReminder(admin.id, said.id, later / 1000 | 0);
}
