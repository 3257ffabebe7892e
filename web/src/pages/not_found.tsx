import { useTitle } from "../ui/heading";
import { PageButton } from "../ui/links";
import { Empty } from "../ui/states";

export function NotFoundPage() {
  useTitle("Not found");
  return (
    <Empty isPage title="There is no page at this address" action={<PageButton to="/caches">To the caches</PageButton>}>
      It may have been moved, or the cache that it showed may be gone.
    </Empty>
  );
}
