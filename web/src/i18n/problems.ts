// Problem codes in words. A code without a sentence of its own gets that of its status.
import type { Problem } from '../api/problem';
import type { Language } from './language';

type Words = Record<Language, string>;

const byCode: Record<string, Words> = {
  NETWORK_ERROR: { en: 'The server cannot be reached. Check the connection.', ja: 'サーバーに接続できません。通信状況を確認してください。' },
  INVALID_CREDENTIALS: { en: 'User name or password is wrong.', ja: 'ユーザー名またはパスワードが違います。' },
  ACCOUNT_DISABLED: { en: 'This account is disabled.', ja: 'このアカウントは無効になっています。' },
  USERNAME_TAKEN: { en: 'This user name is taken.', ja: 'このユーザー名はすでに使われています。' },
  EMAIL_TAKEN: { en: 'This e-mail address is taken.', ja: 'このメールアドレスはすでに使われています。' },
  REGISTRATION_DISABLED: { en: 'This server does not take new accounts.', ja: 'このサーバーでは新しいアカウントを作れません。' },
  INVALID_REGISTRATION_DATA: { en: 'Please check the fields.', ja: '入力内容を確認してください。' },
  INVALID_REQUEST_BODY: { en: 'Please check the fields.', ja: '入力内容を確認してください。' },
  CSRF_TOKEN_INVALID: { en: 'The session has changed. Reload the page.', ja: 'セッションが変わりました。ページを再読み込みしてください。' },
  ORIGIN_NOT_ALLOWED: { en: 'This address is not allowed to use the server.', ja: 'このアドレスからは利用できません。' },
  INVALID_CURSOR: { en: 'The list has changed. Reload the page.', ja: '一覧が変わりました。ページを再読み込みしてください。' },
  INVALID_SEARCH_PARAMS: { en: 'This search is too long or malformed.', ja: '検索条件が長すぎるか、正しくありません。' },
  INVALID_QUERY_PARAMS: { en: 'These filters are too long or malformed.', ja: '絞り込みの条件が長すぎるか、正しくありません。' },
  SAVED_SEARCH_EXISTS: { en: 'A saved search of this name exists already.', ja: 'この名前の検索はすでに保存されています。' },
  CATEGORY_NAME_EXISTS: { en: 'A category of this name exists already.', ja: 'この名前のカテゴリーはすでにあります。' },
  CATEGORY_DEPTH_EXCEEDED: { en: 'Categories cannot be nested this deeply.', ja: 'これ以上深い階層は作れません。' },
  CANNOT_DELETE_DEFAULT_CATEGORY: { en: 'This category came with the account and cannot be deleted.', ja: '最初からあるカテゴリーは削除できません。' },
  INVALID_BOOKMARK_OWNERSHIP: { en: 'Some of these bookmarks no longer exist. Reload the page.', ja: '一部のブックマークがもうありません。ページを再読み込みしてください。' },
  BOOKMARK_NOT_FOUND: { en: 'This bookmark no longer exists.', ja: 'このブックマークはもうありません。' },
  CATEGORY_NOT_FOUND: { en: 'This category no longer exists.', ja: 'このカテゴリーはもうありません。' },
  INVALID_UPDATE_DATA: { en: 'The change was not accepted: check category and tags.', ja: '変更できませんでした。カテゴリーとタグを確認してください。' },
  PRECONDITION_FAILED: { en: 'It was changed elsewhere meanwhile.', ja: 'ほかの場所で変更されています。' },
  IMPORT_FILE_REQUIRED: { en: 'Choose a file first.', ja: 'ファイルを選んでください。' },
  UNSUPPORTED_FILE_TYPE: { en: 'This kind of file cannot be imported.', ja: 'この種類のファイルは取り込めません。' },
  INVALID_IMPORT_FILE: { en: 'No bookmarks could be read from this file.', ja: 'このファイルからブックマークを読み取れません。' },
  INVALID_IMPORT_SOURCE: { en: 'The format of this file is not known.', ja: 'このファイルの形式がわかりません。' },
  JOB_NOT_FOUND: { en: 'This job is no longer known.', ja: 'この処理は見つかりません。' },
  JOB_NOT_CANCELLABLE: { en: 'It has ended already.', ja: 'すでに終わっています。' },
  SYNC_JOB_ACTIVE: { en: 'A sync is running already.', ja: 'すでに同期が動いています。' },
  AUTHENTICATION_REQUIRED: { en: 'Connect X first.', ja: '先に X と連携してください。' },
  OAUTH_SERVICE_UNAVAILABLE: { en: 'This server has no X app.', ja: 'このサーバーには X アプリがありません。' },
  LAST_LOGIN_METHOD: {
    en: 'Set a password first: without X you could not log in any more.',
    ja: '先にパスワードを設定してください。X を外すとログインできなくなります。',
  },
  INVALID_X_APP: { en: 'This X app was not accepted: check client ID and secret.', ja: 'この X アプリは使えません。クライアント ID とシークレットを確認してください。' },
  INVALID_BUDGET: { en: 'A budget is an amount of 0 or more, and at most the server’s own.', ja: '予算は0以上で、サーバーの上限以下にしてください。' },
  INVALID_EXPORT_OPTIONS: { en: 'These options were not accepted.', ja: 'この設定では書き出せません。' },
  INVALID_SETTINGS: { en: 'This setting was not accepted.', ja: 'この設定は保存できません。' },
  CONFIRMATION_REQUIRED: { en: 'This is not the user name.', ja: 'ユーザー名が違います。' },
  LAST_ADMIN: { en: 'You are the last administrator: make somebody else one first.', ja: '最後の管理者です。先にほかの人を管理者にしてください。' },
  INVALID_TOKEN_DATA: { en: 'This token was not accepted: check name and date.', ja: 'トークンを作れません。名前と期限を確認してください。' },
  TOO_MANY_STREAMS: { en: 'Too many windows are open.', ja: '開いている画面が多すぎます。' },
  REQUEST_TOO_LARGE: { en: 'The file is too large.', ja: 'ファイルが大きすぎます。' },
  QUERY_TIMEOUT: { en: 'This took too long and was stopped.', ja: '時間がかかりすぎたため中止しました。' },
};

const byStatus: Record<number, Words> = {
  401: { en: 'Please log in again.', ja: 'もう一度ログインしてください。' },
  403: { en: 'This is not allowed.', ja: '許可されていません。' },
  404: { en: 'This was not found.', ja: '見つかりません。' },
  413: { en: 'This is too large.', ja: 'サイズが大きすぎます。' },
  429: { en: 'Too many requests.', ja: 'リクエストが多すぎます。' },
  503: { en: 'The server is busy.', ja: 'サーバーが混み合っています。' },
};

const kRefused: Words = { en: 'The server did not accept this.', ja: '受け付けられませんでした。' };
const kBroken: Words = { en: 'Something went wrong on the server.', ja: 'サーバーで問題が起きました。' };
const kUnreadable: Words = { en: 'The server’s answer could not be read.', ja: 'サーバーの応答を読み取れません。' };

function byClass(status: number): Words {
  if (status >= 500) return kBroken;
  return status >= 400 ? kRefused : kUnreadable;
}

/** The sentence for a problem, with the time to wait where the server named one. */
export function problemText(problem: Problem, language: Language): string {
  const words = byCode[problem.code] ?? byStatus[problem.status] ?? byClass(problem.status);
  return problem.retryAfter === null ? words[language] : words[language] + waitText(problem.retryAfter, language);
}

function waitText(seconds: number, language: Language): string {
  const minutes = seconds >= 90;
  const amount = minutes ? Math.ceil(seconds / 60) : seconds;
  if (language === 'ja') return `${amount}${minutes ? '分' : '秒'}後にもう一度お試しください。`;
  const unit = minutes ? 'minute' : 'second';
  return ` Try again in ${amount} ${unit}${amount === 1 ? '' : 's'}.`;
}
