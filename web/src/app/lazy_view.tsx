// A view whose code comes when it is first shown; until then, and when it cannot come, the usual faces.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failure, Loading } from '../ui/states';

type State<P> = { at: 'loading' } | { at: 'ready'; view: ComponentType<P> } | { at: 'failed'; error: unknown };

export function lazyView<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let known: ComponentType<P> | null = null;
  return function LazyView(props: P) {
    const [state, setState] = useState<State<P>>(known ? { at: 'ready', view: known } : { at: 'loading' });
    useEffect(() => {
      if (state.at !== 'loading') return;
      let left = false;
      load().then(
        (view) => {
          known = view;
          if (!left) setState({ at: 'ready', view });
        },
        (error: unknown) => {
          if (!left) setState({ at: 'failed', error });
        },
      );
      return () => {
        left = true;
      };
    }, [state.at]);
    if (state.at === 'failed') return <Failure error={state.error} onRetry={() => setState({ at: 'loading' })} />;
    if (state.at === 'loading') return <Loading />;
    const View = state.view;
    return <View {...props} />;
  };
}
