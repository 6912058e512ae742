import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { Swatch } from '../ui/swatch';
import type { Offer } from './use_offers';

interface Props {
  id: string;
  offers: readonly Offer[];
  active: number;
  onActive: (index: number) => void;
  onTake: (offer: Offer) => void;
}

/** The list below the search box. The focus stays in the box; the arrows move in here. */
export function OfferList({ id, offers, active, onActive, onTake }: Props) {
  const { t } = useText();
  return (
    <ul id={id} class="offers" role="listbox" aria-label={offers[0]?.what === 'past' ? t.pastSearches : t.completions}>
      {offers.map((offer, index) => (
        <li
          key={offer.value} id={`${id}-${index}`} role="option" aria-selected={index === active}
          class={index === active ? 'option option-active' : 'option'}
          onPointerMove={() => onActive(index)}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onTake(offer)}
        >
          <OfferText offer={offer} />
        </li>
      ))}
    </ul>
  );
}

function OfferText({ offer }: { offer: Offer }) {
  const { format } = useText();
  if (offer.what === 'past') {
    return (
      <>
        <Icon name="history" />
        <span class="place-name">{offer.value}</span>
      </>
    );
  }
  return (
    <>
      {offer.color ? <Swatch color={offer.color} /> : <span class="hash" aria-hidden="true">{offer.open.kind === 'authors' ? '@' : '#'}</span>}
      <span class="place-name">{offer.name}{offer.name !== offer.value && <span class="fine"> @{offer.value}</span>}</span>
      <span class="place-count">{format.number(offer.count)}</span>
    </>
  );
}
