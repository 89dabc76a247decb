// People and what is the same everywhere: who is there, groups, roles, emoji, settings.

export function people(person) {
    const {act, see, types} = person;
    const {dispatch, getState} = person.store;
    const {EmojiTypes, GeneralTypes, GroupTypes, RoleTypes, UserTypes} = types;

    return {
        hello(data) {
            dispatch({type: GeneralTypes.SET_CONNECTION_ID, payload: {connectionId: data.connection_id}});
            dispatch({type: GeneralTypes.SET_SERVER_HOSTNAME, payload: {serverHostname: data.server_hostname}});
            dispatch({type: GeneralTypes.WEBSOCKET_SUCCESS, timestamp: Date.now()});
            return person.do(act.general.setServerVersion(data.server_version));
        },
        config_changed(data) {
            dispatch({type: GeneralTypes.CLIENT_CONFIG_RECEIVED, data: data.config});
        },
        license_changed(data) {
            dispatch({type: GeneralTypes.CLIENT_LICENSE_RECEIVED, data: data.license});
        },
        new_user(data) {
            return person.do(act.users.getMissingProfilesByIds([data.user_id]));
        },
        user_updated({user}) {
            const me = user.id === person.id;
            dispatch({type: me ? UserTypes.RECEIVED_ME : UserTypes.RECEIVED_PROFILE, data: user});
            if (me) {
                return person.do(act.roles.loadRolesIfNeeded(user.roles.split(' ')));
            }
        },
        user_role_updated(data) {
            const user = see.users.getUser(getState(), data.user_id);
            dispatch({type: UserTypes.RECEIVED_PROFILE, data: {...user, roles: data.roles}});
            return person.do(act.roles.loadRolesIfNeeded(data.roles.split(' ')));
        },
        user_activation_status_change() {
            // The web app asks for its own figures of active people, which only an administrator sees.
        },
        status_change(data) {
            dispatch({type: UserTypes.RECEIVED_STATUSES, data: {[data.user_id]: data.status}});
        },
        role_updated(data) {
            dispatch({type: RoleTypes.RECEIVED_ROLE, data: JSON.parse(data.role)});
        },
        emoji_added(data) {
            dispatch({type: EmojiTypes.RECEIVED_CUSTOM_EMOJI, data: JSON.parse(data.emoji)});
        },
        received_group(data) {
            dispatch({type: GroupTypes.RECEIVED_GROUP, data: JSON.parse(data.group)});
        },
        async group_member_add(data) {
            const {group_id: id} = JSON.parse(data.group_member);
            await person.do(act.groups.getGroup(id, true));
            dispatch({type: GroupTypes.ADD_MY_GROUP, id});
        },
        group_member_deleted(data) {
            dispatch({type: GroupTypes.REMOVE_MY_GROUP, id: JSON.parse(data.group_member).group_id});
        },
    };
}
