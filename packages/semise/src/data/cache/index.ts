// Decoded images on disk.

export { type BadImage, type CacheOptions, type ImageCache, openImageCache } from './cache.js';
export { defaultCacheFolder } from './folder.js';
