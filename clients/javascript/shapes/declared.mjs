// What is known not to be as the published types say, or is not asked for, each with its reason.
// An entry that is no longer needed fails the run, as what is not listed does.

/** Lists of names for one reason each, as a map from name to reason. */
function reasons(groups) {
    return new Map(Object.entries(groups).flatMap(([reason, names]) => names.map((name) => [name, reason])));
}

/** The same of several properties of several types. */
function each(types, properties, is) {
    return types.flatMap((type) => properties.map((property) => `${type}.${property} is ${is}`));
}

const CHANNELS = ['Channel', 'ServerChannel', 'ChannelWithTeamData'];

/** Deviations from the published types; but for the last two groups, the reference server's as well. */
export const deviations = reasons({
    'The apps add it to what they keep; no server sends it.': [
        'UserProfile.password is missing',
        'ChannelUnread.deltaMsgs is missing',
        'CustomEmoji.category is missing',
        'ChannelModeration.roles.admins is missing',
        ...each(['FileInfo', 'FileSearchResultItem'], ['clientId'], 'missing'),
        ...each(['UserThread', 'UserThreadWithPost'], ['is_following'], 'missing'),
        ...each(['TeamMembership'], ['mention_count', 'mention_count_root', 'msg_count', 'msg_count_root'], 'missing'),
    ],
    'Left out while it is empty, zero or false, was not asked for, or is nobody else\'s business.': [
        ...each(['UserProfile'], [
            'notify_props', 'last_password_update', 'last_picture_update', 'mfa_active', 'last_activity_at', 'is_bot',
            'bot_description', 'terms_of_service_id', 'terms_of_service_create_at',
        ], 'missing'),
        ...each(['PostMetadata'], ['embeds', 'emojis', 'files', 'images'], 'missing'),
        ...each(['FileInfo'], ['width', 'height', 'has_preview_image'], 'missing'),
        'PostEmbed.url is missing',
        'ChannelBookmarkWithFileInfo.file is missing',
        'UpdateChannelBookmarkResponse.deleted is missing',
        ...each(['Group'], ['member_count', 'scheme_admin'], 'missing'),
    ],
    'Settings that people have only once they chose them.': [
        ...each(['UserNotifyProps'], ['calls_desktop_sound', 'mark_unread', 'highlight_keys'], 'missing'),
    ],
    'Null where there is none.': [
        ...each(CHANNELS, ['scheme_id', 'group_constrained', 'shared', 'props', 'banner_info'], 'null'),
        ...each(['Team'], ['scheme_id', 'group_constrained'], 'null'),
        ...each(['TeamMemberWithError', 'TeamInviteWithError'], ['error'], 'null'),
        'FileInfo.mini_preview is null',
        'PostSearchResults.matches is null',
        'ChannelModeration.roles.guests is null',
        'WebSocketBroadcast.omit_users is null',
    ],
    'Empty while the post can still be sent.': ['ScheduledPost.error_code is ""'],
    'Types of messages that the list of the published type leaves out.': [
        'Post.type is "system_join_team"',
        'Post.type is "system_remove_from_team"',
        'Post.type is "system_change_chan_privacy"',
        'Post.type is "system_gm_to_channel"',
        'Post.type is "system_move_channel"',
    ],
    'The type says that nothing is answered; the apps read where to go from here.': [
        'authorizeOAuthApp() is object',
    ],
    'Answered with the status OK, of which the apps read nothing.': [
        'unacknowledgePost() is object',
        'deleteDraft() is object',
        ...each(['ChannelCategory'], [
            'id', 'user_id', 'team_id', 'type', 'display_name', 'sorting', 'channel_ids', 'muted', 'collapsed',
        ], 'missing'),
    ],
    'An event without data says that a preference changed the sidebar.': [
        'SidebarCategoryUpdated.updatedCategories is missing',
    ],
    'The published type is mistaken: it is a text on the wire.': [
        'Posted.otherFile is string',
        'Posted.image is string',
        'CommandResponse.channel_id is string',
    ],
    'The published type is mistaken: it is a list on the wire.': [
        'getMyPreferences() is array',
        'getChannelMemberCountsByGroup() is array',
        'getUserCustomProfileAttributesValues()[] is array',
    ],
    'The published type is mistaken: it is a value for each field on the wire.': ['CPAValuesUpdated.values is object'],
    'The published type is mistaken: it is the id of the group on the wire.': [
        'UserPropertyField.group_id is "c3wsk5drqcog63tyqb1s6hdccw"',
    ],
    'The published type is mistaken: it is called delete_at on the wire.': ['GroupMember.deleted_at is missing'],
    'Newer than the release of the API that is served.': [
        'IncomingWebhook.last_used is missing',
        ...each(['PropertyField', 'UserPropertyField'], ['object_type', 'created_by', 'updated_by'], 'missing'),
        'ClientConfig.MaximumPersonalAccessTokenLifetimeDays is missing',
    ],
    'What database there is, and since when, is not told.': [
        ...each(['ClientConfig'], ['InstallationDate', 'SchemaVersion', 'SQLDriverName'], 'missing'),
    ],
});

const OWN = '/api/v4/fieldpost/link';
const LINKED = 'About another site that is linked, and the site of the run has none.';

/** Served operations that are not asked for. */
export const operations = reasons({
    'Fieldpost\'s own, for its own web client and commands; nothing is published of them.': [
        `GET ${OWN}`,
        `GET ${OWN}/freshness`,
        `GET ${OWN}/audit`,
        `GET ${OWN}/tunnel`,
        `GET ${OWN}/{site}/history`,
        `POST ${OWN}/whereabouts`,
        `POST ${OWN}/files`,
        `POST ${OWN}/fetch`,
        `POST ${OWN}/withdraw`,
        `POST ${OWN}/bundle`,
        `POST ${OWN}/{site}/bundle`,
        `POST ${OWN}/invite`,
        `POST ${OWN}/accept`,
        `DELETE ${OWN}/{site}`,
        ...['budget', 'direct/allow', 'direct/end', 'files', 'forget', 'pause', 'read_only', 'read_write', 'resume', 'share', 'silence', 'unshare'].map((what) => `POST ${OWN}/{site}/${what}`),
        ...['accept', 'decline'].map((what) => `POST ${OWN}/{site}/offers/{channel}/${what}`),
    ],
    [LINKED]: [
        'GET /api/v4/remotecluster/{remote_id}',
        'DELETE /api/v4/remotecluster/{remote_id}',
        'GET /api/v4/remotecluster/{remote_id}/sharedchannelremotes',
        ...['invite', 'uninvite'].map((what) => `POST /api/v4/remotecluster/{remote_id}/channels/{channel_id}/${what}`),
        'GET /api/v4/sharedchannels/remote_info/{remote_id}',
    ],
});

/** Methods of the client that are not called. */
export const methods = reasons({
    [LINKED]: [
        'getRemoteCluster', 'deleteRemoteCluster', 'getSharedChannelRemotes', 'getRemoteClusterInfo',
        'sharedChannelRemoteInvite', 'sharedChannelRemoteUninvite',
    ],
});

/** Events that the server tells and that do not come. */
export const events = reasons({
    'It comes minutes after an urgent post; tests of the server turn its clock on.': ['persistent_notification_triggered'],
});
