// Files: uploaded in one go or in pieces, attached, looked at, found, given away.

import {picture} from '../picture.mjs';

export async function files(world) {
    const {member, deck} = world;
    const form = new FormData();
    form.append('channel_id', deck.id);
    form.append('client_ids', 'one');
    form.append('files', picture('chart.png'));
    const {file_infos: [chart]} = await member.client.uploadFile(form);
    const post = await member.client.createPost({channel_id: deck.id, message: 'the chart', file_ids: [chart.id]});
    await member.client.getFileInfosForPost(post.id);
    await member.client.getPost(post.id);
    await member.ask('GET', `/files/${chart.id}/info`, {type: 'File'});
    for (const kind of ['', '/thumbnail', '/preview']) {
        await member.bytes('GET', `/api/v4/files/${chart.id}${kind}`);
        await member.bytes('HEAD', `/api/v4/files/${chart.id}${kind}`);
    }
    await forEverybody(member, chart);
    await resumable(member, deck);
}

async function forEverybody(member, file) {
    const {link} = await member.client.getFilePublicLink(file.id);
    const {pathname, search} = new URL(link);
    await member.bytes('GET', pathname + search);
    await member.bytes('HEAD', pathname + search);
}

async function resumable(member, deck) {
    const bytes = Buffer.from('soundings: 4, 5, 7 fathoms');
    const asked = {channel_id: deck.id, filename: 'soundings.txt', file_size: bytes.length};
    const upload = await member.ask('POST', '/uploads', {body: asked, type: 'Upload'});
    await member.ask('GET', `/uploads/${upload.id}`, {type: 'Upload'});
    await member.ask('GET', '/users/me/uploads', {type: 'Uploads'});
    const response = await member.fetch('POST', `/api/v4/uploads/${upload.id}`, {body: bytes});
    member.ledger.named('File', await response.json(), 'POST /uploads/{upload_id}');
}
