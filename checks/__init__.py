"""The bundled checks: one file per subject, one short function per question. Pure: facts in, one outcome out."""
