// The published types that the checker names by hand: of the client and its events, and of the
// answers of operations for which the client has no method.

import type {Client4, WebSocketMessage} from '@mattermost/client';
import type {Agent} from '@mattermost/types/agents';
import type {ServerChannel} from '@mattermost/types/channels';
import type {StatusOK} from '@mattermost/types/client4';
import type {FileInfo} from '@mattermost/types/files';
import type {Command} from '@mattermost/types/integrations';
import type {PropertyGroup} from '@mattermost/types/properties';
import type {Reaction} from '@mattermost/types/reactions';
import type {PreferenceType} from '@mattermost/types/preferences';
import type {Role} from '@mattermost/types/roles';
import type {Team, TeamUnread} from '@mattermost/types/teams';
import type {UserAccessToken, UserProfile, UserStatus} from '@mattermost/types/users';

export type Client = Client4;
export type Message = WebSocketMessage;

export type Done = StatusOK;
export type Refusal = {
    id: string;
    message: string;
    detailed_error: string;
    request_id: string;
    status_code: number;
};
export type Reply = {status: 'OK'; seq_reply: number};
export type Nothing = undefined;
export type Statuses = Record<string, UserStatus['status']>;
export type Texts = string[];
export type Location = {location: string};

export type User = UserProfile;
export type Tokens = UserAccessToken[];
export type Preference = PreferenceType;
export type Preferences = PreferenceType[];
export type GroupOfFields = Pick<PropertyGroup, 'id'>;
export type Acceptance = {user_id: string; terms_of_service_id: string; create_at: number};
export type Roles = Role[];

export type OneTeam = Team;
export type UnreadOfTeam = TeamUnread;
export type OneChannel = ServerChannel;
export type Channels = ServerChannel[];
export type Unread = {
    team_id: string;
    channel_id: string;
    msg_count: number;
    msg_count_root: number;
    mention_count: number;
    mention_count_root: number;
    urgent_mention_count: number;
};
export type ReactionsOfPosts = Record<string, Reaction[]>;

export type File = FileInfo;
export type Upload = {
    id: string;
    type: 'attachment' | 'import';
    create_at: number;
    user_id: string;
    channel_id?: string;
    filename: string;
    file_size: number;
    file_offset: number;
};
export type Uploads = Upload[];

export type OneCommand = Command;
export type GroupPage = {members: UserProfile[]; total_member_count: number};

export type Agents = {agents: Agent[]};
export type Description = {openapi: string; info: {title: string; version: string}; paths: Record<string, object>};
export type SharedChannels = Array<{
    id: string;
    team_id: string;
    home: boolean;
    readonly: boolean;
    name: string;
    display_name: string;
    purpose: string;
    header: string;
    creator_id: string;
    create_at: number;
    update_at: number;
    remote_id: string;
}>;
