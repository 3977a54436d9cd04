// A page that plays with hls.js.
window.page = {
    load(video, url) {
        this.hls = new Hls({ enableWorker: typeof Worker === 'function' });
        this.hls.on(Hls.Events.ERROR, (_, data) => this.log(`error ${data.details} fatal=${data.fatal}`));
        this.hls.on(Hls.Events.LEVEL_SWITCHED, (_, data) => this.log(`level ${data.level}`));
        this.hls.loadSource(url);
        this.hls.attachMedia(video);
        video.play();
    },
    qualities() {
        return this.hls.levels.length;
    },
    select(index) {
        this.hls.nextLevel = index;
    },
    destroy() {
        this.hls.destroy();
    },
};
