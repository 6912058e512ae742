// All tags: find, rename, merge by renaming to one that exists, take off everywhere.
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue } from 'preact/compat';
import { useState } from 'preact/hooks';
import { changeTag, deleteTag, listTagPage } from '../api/endpoints';
import { asProblem } from '../api/problem';
import type { Tag } from '../api/types';
import { refreshLibrary } from '../bookmarks/queries';
import { useCategoriesWords } from '../categories/words';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { RenameForm } from '../ui/rename_form';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';

export function TagEditor() {
  const { t, explain, format } = useText();
  const w = useCategoriesWords();
  const toast = useToast();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const tags = useInfiniteQuery({
    queryKey: ['tags', 'all', q],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listTagPage({ ...(q && { q }), limit: 100, cursor: pageParam }, signal),
    getNextPageParam: (last) => last.pagination.nextCursor,
    placeholderData: keepPreviousData,
  });
  const onSuccess = () => refreshLibrary(client);
  const rename = useMutation({ mutationFn: ({ from, to }: { from: string; to: string }) => changeTag(from, { name: to }), onSuccess });
  const remove = useMutation({ mutationFn: deleteTag, onSuccess });
  const found = tags.data?.pages.flatMap((page) => page.tags) ?? [];
  const failed = [rename, remove].find((change) => change.isError);
  return (
    <div class="tag-editor">
      <div class="field">
        <label class="visually-hidden" for="find-tag">{w.findTag}</label>
        <input id="find-tag" type="search" value={text} placeholder={w.findTag} autoComplete="off" onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      {failed && <Complaint>{explain(asProblem(failed.error))}</Complaint>}
      {tags.isPending && <Loading />}
      {tags.isError && <Failure error={tags.error} onRetry={() => void tags.refetch()} />}
      {tags.data && found.length === 0 && <p class="fine">{q ? w.noTagFound : t.noTags}</p>}
      <ul class="tree">
        {found.map((tag) => (
          <Line
            key={tag.name} tag={tag}
            onRename={(to) => rename.mutate({ from: tag.name, to }, {
              onSuccess: ({ tag: after, affectedCount }) => toast({ text: w.renamed(after.name, format.number(affectedCount), affectedCount), tone: 'plain' }),
            })}
            onRemove={() => remove.mutate(tag.name, { onSuccess: () => toast({ text: w.removed(tag.name), tone: 'plain' }) })}
          />
        ))}
      </ul>
      {tags.hasNextPage && <button type="button" class="button" onClick={() => void tags.fetchNextPage()}>{tags.isFetchingNextPage ? t.loading : w.more}</button>}
    </div>
  );
}

type Open = { what: 'rename' } | { what: 'merge'; into: string } | { what: 'remove' } | null;

function Line({ tag, onRename, onRemove }: { tag: Tag; onRename: (to: string) => void; onRemove: () => void }) {
  const { t, format, explain } = useText();
  const w = useCategoriesWords();
  const [open, setOpen] = useState<Open>(null);
  // Merging cannot be taken back: it is asked about, and nothing else is.
  const check = useMutation({ mutationFn: (name: string) => listTagPage({ q: name, limit: 100, cursor: null }, new AbortController().signal) });
  const renameTo = (name: string) => {
    setOpen(null);
    if (!name || name === tag.name) return;
    check.mutate(name, {
      onSuccess: ({ tags }) => (tags.some((other) => other.name === name) ? setOpen({ what: 'merge', into: name }) : onRename(name)),
    });
  };
  return (
    <li class="tree-line">
      <div class="tree-row">
        {open?.what === 'rename' ? (
          <RenameForm label={w.rename(tag.name)} name={tag.name} onDone={renameTo} />
        ) : (
          <>
            <span class="hash" aria-hidden="true">#</span>
            <span class="place-name">{tag.name}</span>
            <span class="place-count">{format.number(tag.count)}</span>
            <button type="button" class="icon-button" aria-label={w.rename(tag.name)} title={w.rename(tag.name)} onClick={() => setOpen({ what: 'rename' })}>
              <Icon name="edit" />
            </button>
            <button type="button" class="icon-button" aria-label={w.remove(tag.name)} title={w.remove(tag.name)} onClick={() => setOpen({ what: 'remove' })}>
              <Icon name="trash" />
            </button>
          </>
        )}
      </div>
      {check.isError && <Complaint>{explain(asProblem(check.error))}</Complaint>}
      {(open?.what === 'merge' || open?.what === 'remove') && (
        <div class="tree-more">
          <p>{open.what === 'merge' ? w.merge(tag.name, open.into) : w.removeTagLead(tag.name, format.number(tag.count), tag.count)}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setOpen(null)}>{t.cancel}</button>
            <button
              type="button" class={open.what === 'merge' ? 'button button-main' : 'button button-danger'}
              onClick={() => {
                setOpen(null);
                if (open.what === 'merge') onRename(open.into);
                else onRemove();
              }}
            >
              {open.what === 'merge' ? w.mergeButton : w.removeTag}
            </button>
          </div>
        </div>
      )}
    </li>
  );
}
