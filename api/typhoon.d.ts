// typhoon: made by scripts/api-report.mjs, not by hand

// index.d.ts
export * from '@typhoon/core';
export * from '@typhoon/pubsub';
export * from '@typhoon/static';
export * from '@typhoon/templates';
export * from '@typhoon/websocket';
