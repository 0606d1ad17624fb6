/** What the desk's API says, under the names that the page uses. The shapes are generated: `npm run types`. */

import type { components } from './schema';

type Schemas = components['schemas'];

export type Session = Schemas['SessionOut'];
export type Cameras = Schemas['CamerasOut'];
export type Camera = Schemas['CameraOut'];
export type CameraState = Camera['state'];
export type Worker = Schemas['WorkerOut'];
export type Zone = Schemas['ZoneOut'];
export type Task = Schemas['TaskOut'];
export type Candidate = Schemas['CandidateOut'];
export type CandidatePage = Schemas['CandidatePage'];
export type Verdict = NonNullable<Candidate['verdict']>;
export type Polygon = Zone['polygon'];
export type Evidence = Schemas['EvidenceOut'];
export type EvidenceStatus = Evidence['status'];
export type EvidenceKind = 'still' | 'still_boxes' | 'preview' | 'original';
export type History = Schemas['HistoryOut'];
export type Health = Schemas['HealthOut'];
export type Opened = Schemas['OpenedOut'];
