// Whether the service answers. What is shown meanwhile is as old as its last answer, and says so.
import { notifyManager, onlineManager, useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ServiceError } from "./client";

export function useIsUnreachable(): boolean {
  const client = useQueryClient();
  const [isLost, setLost] = useState(false);
  useIsFetching(); // look again whenever something was asked
  useEffect(() => {
    const look = () => {
      const all = client.getQueryCache().getAll();
      const failing = all.some(({ state }) => {
        const error = state.fetchFailureReason ?? state.error;
        return error instanceof ServiceError && error.isUnreachable;
      });
      setLost(failing || !onlineManager.isOnline());
    };
    look();
    return client.getQueryCache().subscribe(notifyManager.batchCalls(look)); // not while a page is drawn
  }, [client]);
  return isLost;
}
