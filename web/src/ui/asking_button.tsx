// A button at a row's end for what is not done by accident: it asks first, says what will be, and what went
// wrong.
import { useState } from "react";
import { type Change, useChange } from "../api/queries";
import { Confirm } from "./confirm";
import { RowButton } from "./rows";

export function AskingButton(props: {
  children: string; // of the button in the row
  label: string; // the same with what it is about, for those who hear it
  title: string; // the question
  text: string; // what happens then
  act: string; // of the button that does it
  change: Change;
  renewed: readonly (readonly unknown[])[]; // keys of what shows it
  destroys?: boolean;
}) {
  const { children, label, title, text, act, change, renewed, destroys = true } = props;
  const [isAsked, setAsked] = useState(false);
  const run = useChange(renewed);
  const close = () => {
    setAsked(false);
    run.reset();
  };
  return (
    <>
      <RowButton destroys={destroys} label={label} onClick={() => setAsked(true)}>
        {children}
      </RowButton>
      {isAsked && (
        <Confirm
          title={title}
          label={act}
          destroys={destroys}
          isPending={run.isPending}
          error={run.error}
          confirm={() => run.mutate(change, { onSuccess: close })}
          close={close}
        >
          {text}
        </Confirm>
      )}
    </>
  );
}
