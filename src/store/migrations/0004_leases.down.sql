DROP TABLE sg_hold;
DROP TABLE sg_lease;
DROP TABLE sg_instance;
