"""The notes that go into every evidence bundle, in both languages."""

README_EN = """EVIDENCE OF ONE INCIDENT

This folder can be checked with the ordinary commands sha256sum and openssl, without Tocsin.

1. Nothing in the folder changed since it was written:
     sha256sum -c SHA256SUMS

2. The decisions form one chain (ledger.jsonl). The SHA-256 of each line, without its line end, stands as
   "previous" in the next line. The first line cites 64 zeros, or the SHA-256 of ledger-before.jsonl.

3. The chain was sealed. A file in heads/ holds a line with this incident, the number of entries and the SHA-256
   of the entry with that number. The SHA-256 of the whole file stands as "root" in the line of seals.jsonl that has
   the same number. The seals form a chain in the same way as the decisions.

4. If there are stamps, an outside authority saw a seal at the time that the stamp gives (12 is an example):
     openssl ts -verify -in stamps/12.tsr -data seals/12.json -CAfile stamps/authority.pem
   Take the certificate from the authority itself rather than from this folder.

What this proves: the entries existed in this form and order when they were sealed; with a stamp, also the time,
vouched for by somebody else. What it does not prove: that a post was true, that a page was read, or that nothing was
left unwritten. Without a stamp, whoever runs Tocsin could have written everything anew.
Posts that were erased leave their hashes (evidence.jsonl).
"""

README_FR = """PREUVES D’UN INCIDENT

Ce dossier se vérifie avec les commandes courantes sha256sum et openssl, sans Tocsin.

1. Rien n’a changé dans le dossier depuis qu’il a été écrit :
     sha256sum -c SHA256SUMS

2. Les décisions forment une chaîne (ledger.jsonl). L’empreinte SHA-256 de chaque ligne, sans la fin de ligne, figure
   sous « previous » dans la ligne suivante. La première ligne cite 64 zéros, ou l’empreinte de ledger-before.jsonl.

3. La chaîne a été scellée. Un fichier de heads/ contient une ligne avec cet incident, le nombre d’entrées et
   l’empreinte de l’entrée qui porte ce numéro. L’empreinte du fichier entier figure sous « root » dans la ligne de
   seals.jsonl qui a le même numéro. Les sceaux forment une chaîne de la même manière que les décisions.

4. S’il y a des horodatages, une autorité extérieure a vu un sceau à l’heure indiquée (12 est un exemple) :
     openssl ts -verify -in stamps/12.tsr -data seals/12.json -CAfile stamps/authority.pem
   Procurez-vous le certificat auprès de l’autorité elle-même plutôt que dans ce dossier.

Ce que cela prouve : les entrées existaient sous cette forme et dans cet ordre quand elles ont été scellées ; avec un
horodatage, un tiers se porte aussi garant de l’heure. Ce que cela ne prouve pas : qu’une publication disait vrai,
qu’une alerte a été lue, ni que rien n’a été omis. Sans horodatage, qui exploite Tocsin aurait pu tout réécrire.
Des publications effacées, il reste les empreintes (evidence.jsonl).
"""
