// The sidebar and what a person has set: categories, preferences.

export function sidebar(person) {
    const {act, see, types} = person;
    const {dispatch, getState} = person.store;
    const {ChannelCategoryTypes, PreferenceTypes} = types;
    const anew = (_, {team_id: team}) =>
        person.do(act.channel_categories.fetchMyCategories(team || see.teams.getCurrentTeamId(getState())));

    return {
        sidebar_category_created: anew,
        sidebar_category_deleted: anew,
        sidebar_category_updated(data, broadcast) {
            if (!data.updatedCategories) {
                return anew(data, broadcast);
            }
            dispatch({type: ChannelCategoryTypes.RECEIVED_CATEGORIES, data: JSON.parse(data.updatedCategories), isWebSocket: true});
        },
        sidebar_category_order_updated(data, {team_id: team}) {
            dispatch(act.channel_categories.receivedCategoryOrder(team, data.order));
        },
        preference_changed(data) {
            dispatch({type: PreferenceTypes.RECEIVED_PREFERENCES, data: [JSON.parse(data.preference)]});
        },
        preferences_changed(data) {
            dispatch({type: PreferenceTypes.RECEIVED_PREFERENCES, data: JSON.parse(data.preferences)});
        },
        preferences_deleted(data) {
            dispatch({type: PreferenceTypes.DELETED_PREFERENCES, data: JSON.parse(data.preferences)});
        },
    };
}
