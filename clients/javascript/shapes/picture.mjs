// A picture to upload.

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAhklEQVR42g2OQZEFMRQCURAJUTASnoKRgIKRgIIvAQUrASUoiYQNxy6qAQA29mAICjIcpOjFNzOb3NK2d7LbfYALhzPiWBNPM6ezgFulhiYj1jzhKh/gCuRRqErHWtFTvcDVOuPSR172E7/1B9yxdHKYpTzOm3zND7gXeqaLfdTX/dJf+/cPZixUAd9/RQkAAAAASUVORK5CYII=';

/** A small picture, as a browser hands one over. */
export function picture(name = 'small.png') {
    return new File([Buffer.from(PNG, 'base64')], name, {type: 'image/png'});
}
