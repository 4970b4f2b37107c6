-- The first step of every transaction of a lane. It holds the lane against a new owner and answers nothing when all is as
-- usual; else it breaks the transaction with HK001 (the lane has another owner) or HK002 (some message was here before).
CREATE FUNCTION enter(lane_number integer, held_epoch bigint, messages uuid[], lowest uuid, highest uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM lane WHERE number = lane_number AND epoch = held_epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lane has another owner' USING ERRCODE = 'HK001';
    END IF;
    -- The bounds beside ANY let PostgreSQL skip other days.
    IF EXISTS (SELECT FROM inbox WHERE id = ANY(messages) AND id >= lowest AND id <= highest)
        OR EXISTS (SELECT FROM parked WHERE id = ANY(messages))
    THEN
        RAISE EXCEPTION 'a message was here before' USING ERRCODE = 'HK002';
    END IF;
END $$;
