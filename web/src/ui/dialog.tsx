// A dialog that is there as long as it is in the page. What had the focus before has it again after:
// the library gives it back to what opened a dialog only while that dialog stays in the page.
import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

export function Dialog(props: Omit<ModalProps, "opened">) {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    },
    [before],
  );
  return <Modal opened {...props} />;
}
