// The shapes of the HTTP contract that the page uses. Names are the server's.
import type { Schemas } from './schemas';

export type User = Schemas['User'];

export interface Providers {
  local: boolean;
  x: boolean;
  registration: boolean;
  /** No account exists yet: whoever registers now becomes the administrator. */
  firstRun: boolean;
}

export interface CategoryRef {
  id: string;
  name: string;
  color: string;
  icon: string;
}

export interface Category extends CategoryRef {
  version: number;
  description: string | null;
  parentId: string | null;
  order: number;
  isDefault: boolean;
  /** Bookmarks that are not archived; present when asked for. */
  bookmarkCount?: number;
  children: Category[];
}

export type PostStatus =
  | 'available' | 'deleted' | 'suspended' | 'protected' | 'withheld' | 'unhydrated' | 'unknown';

export type Media = Schemas['Media'];

export interface Bookmark {
  id: string;
  version: number;
  xTweetId: string;
  url: string;
  content: string;
  title: string | null;
  note: string | null;
  lang: string | null;
  authorUsername: string;
  authorDisplayName: string;
  media: Media[];
  /** Posts that this one quotes, answers or repeats. */
  referenced: { type: 'quoted' | 'replied_to' | 'retweeted'; id: string }[];
  metrics: Schemas['BookmarkFields']['metrics'];
  links: string[];
  tags: string[];
  categoryId: string | null;
  category: CategoryRef | null;
  isArchived: boolean;
  bookmarkedAt: string;
  bookmarkedAtSource: 'user' | 'import' | 'first_seen';
  postedAt: string | null;
  postStatus: PostStatus;
  /** Search answers only: `[start, end)` in Unicode code points of `content`. */
  highlights?: Highlight[];
}

export type Highlight = readonly [start: number, end: number];

export interface Pagination {
  limit: number;
  offset: number;
  total: number;
  hasMore: boolean;
  nextCursor: string | null;
}

export interface Facets {
  categories: (CategoryRef & { count: number })[];
  tags: { name: string; count: number }[];
  authors: { username: string; displayName: string; count: number }[];
  /** Months with hits, newest first. */
  dates: { date: string; count: number }[];
}

/** One page of the list or of a search; `facets` only on a search that asked for them. */
export interface BookmarkPage {
  bookmarks: Bookmark[];
  pagination: Pagination;
  facets?: Facets;
}

export interface Tag {
  name: string;
  color: string | null;
  count: number;
}

/** PUT `/bookmarks/:id`: only what is named changes. */
export interface BookmarkChange {
  categoryId?: string | null;
  addTags?: string[];
  removeTags?: string[];
  isArchived?: boolean;
  title?: string | null;
  note?: string | null;
}
