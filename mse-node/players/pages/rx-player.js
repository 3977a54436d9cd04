// A page that plays with rx-player.
window.page = {
    load(video, url) {
        this.player = new RxPlayer({ videoElement: video });
        this.player.addEventListener('error', (error) => this.log(`error ${error.code}`));
        this.player.addEventListener('warning', (error) => this.log(`warning ${error.code}`));
        this.player.addEventListener('videoRepresentationChange', (representation) => this.log(`representation ${representation?.id}`));
        this.player.loadVideo({ url, transport: 'dash', autoPlay: true });
    },
    representations() {
        return this.player.getVideoTrack().representations.slice().sort((one, other) => one.bitrate - other.bitrate);
    },
    qualities() {
        return this.representations().length;
    },
    select(index) {
        this.player.lockVideoRepresentations({ representations: [this.representations()[index].id], switchingMode: 'seamless' });
    },
    destroy() {
        this.player.dispose();
    },
};
