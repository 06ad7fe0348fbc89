DROP TABLE sg_spend_lock;
DROP TABLE sg_meter;
DROP TABLE sg_daily;
DROP TABLE sg_spend;
