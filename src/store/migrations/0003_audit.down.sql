DROP TABLE sg_audit_head;
DROP TABLE sg_audit;
