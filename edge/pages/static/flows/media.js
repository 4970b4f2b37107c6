// Upload an image and see its thumbnail, album, notice and history; and once half an image, which is undone.
"use strict";
(() => {
  const drawn = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [960, 640];
    const pen = canvas.getContext("2d");
    const sky = pen.createLinearGradient(0, 0, 0, 640);
    [[0, "#2f5fa8"], [0.7, "#f3c9a0"], [1, "#b5372a"]].forEach(([at, colour]) => sky.addColorStop(at, colour));
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 960, 640);
    pen.fillStyle = "#1d2330";
    pen.beginPath();
    [[0, 640], [480, 180], [960, 640]].forEach(([x, y]) => pen.lineTo(x, y));
    pen.fill();
    pen.font = "48px sans-serif";
    pen.fillStyle = "#fff";
    pen.fillText(`飛脚 ${new Date().toLocaleTimeString()}`, 330, 600);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  };

  flow("media", async (card) => {
    const user = await card.as("customer");
    const chosen = document.querySelector("#flow-media input").files[0];
    const image = chosen ?? await drawn();
    const name = encodeURIComponent(chosen?.name ?? "fuji.jpg");
    const type = { "Content-Type": image.type || "application/octet-stream" };
    const { media_id } = await user.call("POST", `/v1/media?filename=${name}`, image, type);
    const media = await user.until(`/v1/media/${media_id}`, (one) => one.status === "active");
    const thumbnail = card.element("img", "thumbnail");
    thumbnail.alt = media.filename;
    thumbnail.src = await user.picture(media.thumb_url);
    const { items: [album] } = await user.call("GET", `/v1/users/${user.subject}/albums`);
    card.note(card.say("Half of the image: the thumbnail fails, and the upload is undone.", "画像の半分だけを送ります。サムネイルを作れず、アップロードは補償されます。"));
    await user.refused("POST", "/v1/media?filename=half.jpg", image.slice(0, image.size / 2, image.type), type);
    const told = await user.until(`/v1/users/${user.subject}/notifications`, (page) => page.items.length > 1);
    card.result(
      thumbnail,
      card.element("p", "", `${media.filename} · ${media.width}×${media.height}`),
      card.element("p", "", `${card.say("In the default album", "既定のアルバム")}: ${album.media}`),
      ...told.items.map(({ text }) => card.element("p", "", `${card.say("Told", "通知")}: ${card.say(text.en, text.ja)}`)),
    );
  });
})();
