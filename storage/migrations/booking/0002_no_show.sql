-- One of the two did not come (S1-42).
ALTER TABLE reservation DROP CONSTRAINT reservation_status_is_known;
ALTER TABLE reservation ADD CONSTRAINT reservation_status_is_known CHECK (status IN (
    'draft', 'confirmed', 'expired', 'withdrawn', 'declined', 'cancelled_by_guest', 'cancelled_by_cast', 'no_show_guest',
    'no_show_cast'
));
