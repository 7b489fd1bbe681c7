/// The operations of a journal, with Optuna's numbers (`JournalOperation` in `optuna/storages/journal/_storage.py`).
enum JournalOperation: Int {
    case createStudy = 0
    case deleteStudy = 1
    case setStudyUserAttribute = 2
    case setStudySystemAttribute = 3
    case createTrial = 4
    case setTrialParameter = 5
    case setTrialState = 6
    case setTrialIntermediateValue = 7
    case setTrialUserAttribute = 8
    case setTrialSystemAttribute = 9
    case discardTrials = 10
}
