// SPDX-License-Identifier: Apache-2.0

const LONGEST_SIDE = 1600; // the networks look at far less; a phone's photo shrinks from megabytes to about 300 kB
const JPEG_QUALITY = 0.9;

export interface Photo {
  blob: Blob;
  name: string;
  url: string; // of `blob`, for <img>
  /** Unknown (0) until the server's reply where this browser cannot decode the photo. */
  width: number;
  height: number;
}

/**
 * Draws the photo upright, shrunk, as JPEG; that also leaves its EXIF data (place, date, owner) behind. A file that this
 * browser cannot decode goes to the server as it is: it may know the format, and says what is wrong if it does not.
 */
export async function preparePhoto(file: File): Promise<Photo> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { blob: file, name: file.name, url: URL.createObjectURL(file), width: 0, height: 0 };
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d")!;
  context.fillStyle = "white"; // behind transparent pictures
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
  if (!blob) return { blob: file, name: file.name, url: URL.createObjectURL(file), width: 0, height: 0 };
  return { blob, name: "photo.jpg", url: URL.createObjectURL(blob), width, height };
}
