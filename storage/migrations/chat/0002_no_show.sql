-- One of the two did not come (S1-42).
ALTER TABLE invitation DROP CONSTRAINT invitation_status_is_known;
ALTER TABLE invitation ADD CONSTRAINT invitation_status_is_known CHECK (status IN (
    'asked', 'refused', 'open', 'confirmed', 'expired', 'withdrawn', 'declined', 'cancelled_by_guest', 'cancelled_by_cast',
    'no_show_guest', 'no_show_cast'
));
