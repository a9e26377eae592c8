"""A small playbook to break in tests."""

SMALL = """\
version: "1"
brands: [veloria]
clauses:
  - id: leak
    title: {fr: Fuite, en: Leak}
    owner: it
    severity: critical
    page: [it, legal]
    inform: [comms]
    when:
      all:
        - topic: data_breach
        - any:
            - mentions: 3
            - reach: 1000
    ladder:
      - measure: observe
        what: {fr: Vérifier, en: Check}
        owner: it
        within_minutes: 15
      - measure: legal_action
        what: {fr: Poursuivre, en: Sue}
        owner: legal
        approval: legal
    holding_statement: {fr: Nous vérifions., en: We are checking.}
    review_by: 2027-06-30
    examples:
      fires:
        - text: Fuite de données chez Véloria
          followers: 5000
        - text: Data leak at Veloria
          mentions: 3
      silent:
        - text: Fuite de données chez Véloria
        - text: Une fuite dans mon toit
          mentions: 90
"""
